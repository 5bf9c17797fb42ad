//! The picture of the goals: a bar for each, as long as the figure is of its limit.

use std::fmt::Write as _;

use crate::report::{Goal, Item};

const ROW: usize = 30;
const LEFT: f64 = 400.0;
const RIGHT: f64 = 780.0;
const WIDTH: usize = 960;

/// Bars begin at a sixteenth of the limit, and end at sixteen times as much: four doublings each way.
const DOUBLINGS: f64 = 4.0;

/// An SVG of all goals that were measured. Left of the line is met, right of it missed.
pub(crate) fn draw(items: &[Item]) -> String {
    let goals = items.iter().flat_map(|item| &item.goals).filter(|goal| goal.got.is_finite());
    let goals: Vec<&Goal> = goals.collect();
    let height = goals.len() * ROW + 70;
    let mut svg = format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="Each goal as a bar; left of the line it is met">
<style>
text {{ font: 14px system-ui, sans-serif; fill: #1d1b22 }}
.quiet {{ fill: #5c5866 }}
.page {{ fill: #ffffff }}
.met {{ fill: #1f7a5a }}
.missed {{ fill: #c2570c }}
.limit {{ stroke: #1d1b22; stroke-width: 2 }}
@media (prefers-color-scheme: dark) {{
text {{ fill: #f1eff5 }}
.quiet {{ fill: #aaa5b5 }}
.page {{ fill: #16141b }}
.met {{ fill: #4cc196 }}
.missed {{ fill: #f59542 }}
.limit {{ stroke: #f1eff5 }}
}}
</style>
<rect class="page" width="{WIDTH}" height="{height}" rx="12"/>
"##
    );
    let middle = f64::midpoint(LEFT, RIGHT);
    let bottom = height - 20;
    let mut add = |text: String| writeln!(svg, "{text}").expect("a string takes all");
    add(format!(
        r#"<text class="quiet" x="{}" y="30" text-anchor="end">met</text>"#,
        middle - 10.0
    ));
    add(format!(r#"<text class="quiet" x="{}" y="30">missed</text>"#, middle + 10.0));
    for (n, goal) in goals.into_iter().enumerate() {
        bar(goal, n * ROW + 44, &mut add);
    }
    add(format!(r#"<line class="limit" x1="{middle}" x2="{middle}" y1="16" y2="{bottom}"/>"#));
    svg.push_str("</svg>\n");
    svg
}

fn bar(goal: &Goal, top: usize, add: &mut impl FnMut(String)) {
    let share = if goal.most { goal.got / goal.limit } else { goal.limit / goal.got };
    let place = (share.log2().clamp(-DOUBLINGS, DOUBLINGS) / DOUBLINGS + 1.0) / 2.0;
    // What takes next to nothing still shows that it was measured.
    let length = (place * (RIGHT - LEFT)).max(3.0);
    let class = if goal.met() { "met" } else { "missed" };
    let (got, limit) = (goal.value(goal.got), goal.value(goal.limit));
    let sign = if goal.most { "≤" } else { "≥" };
    let baseline = top + 16;
    let (label, value) = (LEFT - 12.0, RIGHT + 12.0);
    let what = &goal.text;
    add(format!(r#"<text x="{label}" y="{baseline}" text-anchor="end">{what}</text>"#));
    add(format!(
        r#"<rect class="{class}" x="{LEFT}" y="{top}" width="{length:.0}" height="20" rx="4"/>"#
    ));
    add(format!(
        r#"<text x="{value}" y="{baseline}">{got} <tspan class="quiet">{sign} {limit}</tspan></text>"#
    ));
}
