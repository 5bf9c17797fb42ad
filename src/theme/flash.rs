//! Whether a moving picture flashes: WCAG 2.2, 2.3.1, without its exception for small areas of the screen,
//! since nobody knows how large a theme draws it.

use super::colour::linear;

/// Least change of relative luminance that counts.
const CHANGE_MIN: f64 = 0.1;

/// Share of the picture that must change at once.
const AREA_MIN: f64 = 0.25;

/// Most flashes within a second.
pub(super) const FLASHES_MAX: usize = 3;

/// Points looked at in each direction.
const GRID: u32 = 48;

/// One point, and how it changed last.
#[derive(Clone, Copy)]
struct Point {
    /// The most extreme luminance since it last turned.
    extreme: f64,
    /// Whether it got lighter last.
    lighter: bool,
}

/// Follows the luminance of a picture from frame to frame.
#[derive(Default)]
pub(super) struct Watch {
    points: Vec<Point>,
    /// When a quarter of the picture turned, in milliseconds, and whether to lighter.
    turns: Vec<(u64, bool)>,
    now_ms: u64,
}

impl Watch {
    /// Sees a frame: its size, its pixels as RGBA in rows, and how long it stays.
    pub(super) fn see(&mut self, (width, height): (u32, u32), rgba: &[u8], shown_ms: u64) {
        let (across, down) = (GRID.min(width), GRID.min(height));
        let spots = (0..down).flat_map(|y| (0..across).map(move |x| (x, y)));
        let seen: Vec<f64> = spots
            .map(|(x, y)| {
                let at =
                    (y * height / down) as usize * width as usize + (x * width / across) as usize;
                luminance(rgba.get(at * 4..at * 4 + 4).unwrap_or(&[0; 4]))
            })
            .collect();
        if self.points.len() != seen.len() {
            self.points = seen.iter().map(|&extreme| Point { extreme, lighter: false }).collect();
        }
        let (mut up, mut down) = (0, 0);
        for (point, &luminance) in self.points.iter_mut().zip(&seen) {
            match point.turn(luminance) {
                Some(true) => up += 1,
                Some(false) => down += 1,
                None => {}
            }
        }
        let (least, more) = (AREA_MIN * self.points.len() as f64, up.max(down));
        let lighter = up >= down;
        if f64::from(more) > least && self.turns.last().is_none_or(|(_, last)| *last != lighter) {
            self.turns.push((self.now_ms, lighter));
        }
        self.now_ms += shown_ms;
    }

    /// Most flashes within any second: a flash is two turns.
    pub(super) fn flashes(&self) -> usize {
        let within = |at: usize| {
            let (from, _) = self.turns[at];
            self.turns[at..].iter().take_while(|(when, _)| *when < from + 1000).count()
        };
        (0..self.turns.len()).map(within).max().unwrap_or_default() / 2
    }
}

impl Point {
    /// Whether it turned with this luminance, and where to.
    fn turn(&mut self, luminance: f64) -> Option<bool> {
        let further =
            if self.lighter { luminance > self.extreme } else { luminance < self.extreme };
        if further {
            self.extreme = luminance;
        } else if (luminance - self.extreme).abs() >= CHANGE_MIN {
            *self = Self { extreme: luminance, lighter: !self.lighter };
            return Some(self.lighter);
        }
        None
    }
}

/// Relative luminance over black, from 0 to 1.
fn luminance(rgba: &[u8]) -> f64 {
    let [r, g, b] = [rgba[0], rgba[1], rgba[2]].map(linear);
    (0.2126 * r + 0.7152 * g + 0.0722 * b) * f64::from(rgba[3]) / 255.0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A picture that is black and white in turn, or of which only a part is.
    fn blinks(times: usize, every_ms: u64, part: usize) -> usize {
        let mut watch = Watch::default();
        for frame in 0..times {
            let light = if frame % 2 == 0 { 0 } else { 255 };
            let rgba: Vec<u8> = (0..100)
                .flat_map(|n| if n < part { [light, light, light, 255] } else { [0, 0, 0, 255] })
                .collect();
            watch.see((10, 10), &rgba, every_ms);
        }
        watch.flashes()
    }

    #[test]
    fn flashes_are_counted_within_a_second() {
        assert_eq!(blinks(20, 100, 100), 5);
        assert_eq!(blinks(20, 200, 100), 2);
        assert_eq!(blinks(20, 100, 20), 0);
        assert_eq!(blinks(2, 100, 100), 0);
    }
}
