//! What was measured: figures of several rounds, the ratios that are goals, and the page they make.

use std::fmt::Write as _;

/// What a figure counts. The best of several is the smallest, but for a rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    Bytes,
    /// Shown in microseconds or milliseconds.
    Seconds,
    PerSecond,
    /// A plain number, like syncs for each sale.
    Count,
    /// Of one core.
    Percent,
}

/// A figure of one server, once for each round.
#[derive(Debug)]
pub(crate) struct Figure {
    pub who: &'static str,
    pub what: &'static str,
    pub unit: Unit,
    pub values: Vec<f64>,
}

/// A ratio that is wanted, or a plain figure that is.
#[derive(Debug)]
pub(crate) struct Goal {
    pub text: String,
    pub got: f64,
    pub limit: f64,
    /// Less is wanted, or more.
    pub most: bool,
    /// What the quick form holds, of any build on a busy machine: half as much again as was measured
    /// of one for debugging. Only for figures that such a build moves little.
    pub gross: Option<f64>,
    unit: Option<Unit>,
}

impl Goal {
    /// Whether it is met.
    pub(crate) fn met(&self) -> bool {
        if self.most { self.got <= self.limit } else { self.got >= self.limit }
    }

    /// Whether it is so far off that something broke. Only of goals that are upper limits.
    pub(crate) fn grossly_missed(&self) -> bool {
        self.gross.is_some_and(|gross| self.got > gross)
    }

    /// A value of this goal as people read it.
    pub(crate) fn value(&self, value: f64) -> String {
        match self.unit {
            None => format!("{value:.*} ×", if value < 1.0 { 3 } else { 2 }),
            Some(unit) => shown(value, unit),
        }
    }

    /// Names what the quick form holds.
    pub(crate) fn gross(&mut self, limit: f64) {
        self.gross = Some(limit);
    }
}

/// One thing that was measured, of all servers.
#[derive(Debug, Default)]
pub(crate) struct Item {
    pub title: &'static str,
    pub figures: Vec<Figure>,
    pub goals: Vec<Goal>,
    pub notes: Vec<String>,
}

impl Item {
    /// Adds a figure of one round.
    pub(crate) fn add(&mut self, who: &'static str, what: &'static str, unit: Unit, value: f64) {
        eprintln!("    {who}: {what} {}", shown(value, unit));
        let known = self.figures.iter_mut().find(|figure| figure.who == who && figure.what == what);
        match known {
            Some(figure) => figure.values.push(value),
            None => self.figures.push(Figure { who, what, unit, values: vec![value] }),
        }
    }

    /// The best of the rounds; not a number if there were none.
    pub(crate) fn best(&self, who: &'static str, what: &'static str) -> f64 {
        let known = self.figures.iter().find(|figure| figure.who == who && figure.what == what);
        known.map_or(f64::NAN, Figure::best)
    }

    /// A ratio that may be at most this.
    pub(crate) fn at_most(&mut self, text: &str, got: f64, limit: f64) -> &mut Goal {
        self.goal(text, got, limit, true, None)
    }

    /// A ratio that must be at least this.
    pub(crate) fn at_least(&mut self, text: &str, got: f64, limit: f64) -> &mut Goal {
        self.goal(text, got, limit, false, None)
    }

    /// A plain figure that may be at most this.
    pub(crate) fn figure_at_most(
        &mut self,
        text: &str,
        got: f64,
        limit: f64,
        unit: Unit,
    ) -> &mut Goal {
        self.goal(text, got, limit, true, Some(unit))
    }

    fn goal(
        &mut self,
        text: &str,
        got: f64,
        limit: f64,
        most: bool,
        unit: Option<Unit>,
    ) -> &mut Goal {
        // What a missing peer would have shown is no goal; the notes say who is missing.
        self.goals.push(Goal { text: text.into(), got, limit, most, gross: None, unit });
        self.goals.last_mut().expect("it was pushed")
    }
}

impl Figure {
    /// The best round.
    pub(crate) fn best(&self) -> f64 {
        let better = if self.unit == Unit::PerSecond { f64::max } else { f64::min };
        self.values.iter().copied().reduce(better).unwrap_or(f64::NAN)
    }

    fn worst(&self) -> f64 {
        let worse = if self.unit == Unit::PerSecond { f64::min } else { f64::max };
        self.values.iter().copied().reduce(worse).unwrap_or(f64::NAN)
    }
}

/// A value as people read it.
pub(crate) fn shown(value: f64, unit: Unit) -> String {
    let digits = |value: f64| if value.abs() < 10.0 { 2 } else { usize::from(value.abs() < 100.0) };
    let number = |value: f64, unit: &str| format!("{value:.*} {unit}", digits(value));
    match unit {
        _ if value.is_nan() => "–".into(),
        Unit::Bytes if value.abs() >= 1e6 => number(value / 1e6, "MB"),
        Unit::Bytes if value.abs() >= 10e3 => number(value / 1e3, "KB"),
        Unit::Bytes => format!("{value:.0} B"),
        Unit::Seconds if value >= 1.0 => number(value, "s"),
        Unit::Seconds if value >= 1e-3 => number(value * 1e3, "ms"),
        Unit::Seconds => number(value * 1e6, "µs"),
        Unit::PerSecond => format!("{value:.0}/s"),
        Unit::Count => format!("{value:.*}", digits(value)),
        Unit::Percent => number(value, "%"),
    }
}

/// The goals of all items, and then their figures, as Markdown.
pub(crate) fn page(items: &[Item]) -> String {
    let mut page = String::from("| what | goal | measured | |\n|---|---:|---:|---|\n");
    for item in items {
        for goal in item.goals.iter().filter(|goal| !goal.got.is_nan()) {
            let sign = if goal.most { "≤" } else { "≥" };
            let (limit, got) = (goal.value(goal.limit), goal.value(goal.got));
            let met = if goal.met() { "met" } else { "**missed**" };
            line(&mut page, &format!("| {} | {sign} {limit} | {got} | {met} |", goal.text));
        }
    }
    for item in items {
        line(&mut page, &format!("\n### {}\n", item.title));
        line(&mut page, "| server | what | best | worst |\n|---|---|---:|---:|");
        for figure in &item.figures {
            let shown = |value| shown(value, figure.unit);
            let (best, worst) = (shown(figure.best()), shown(figure.worst()));
            line(&mut page, &format!("| {} | {} | {best} | {worst} |", figure.who, figure.what));
        }
        for note in &item.notes {
            line(&mut page, &format!("\n{note}"));
        }
    }
    page
}

fn line(page: &mut String, text: &str) {
    writeln!(page, "{text}").expect("a string takes all");
}
