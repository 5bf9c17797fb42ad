//! A history that fails, made as short as it goes: steps are left out as long as it fails still. A
//! step is decided by its number alone, so the others stay what they are.

/// Leaves out ever smaller parts of `steps` while `fails`.
pub(super) fn shrink(mut steps: Vec<u64>, fails: impl Fn(&[u64]) -> bool) -> Vec<u64> {
    let mut part = steps.len().div_ceil(2);
    while part > 0 {
        let mut from = 0;
        while from < steps.len() {
            let to = (from + part).min(steps.len());
            let fewer: Vec<u64> = [&steps[..from], &steps[to..]].concat();
            if fails(&fewer) {
                steps = fewer;
            } else {
                from = to;
            }
        }
        part /= 2;
    }
    steps
}

#[test]
fn what_fails_for_two_steps_shrinks_to_these() {
    let fails = |steps: &[u64]| steps.contains(&17) && steps.contains(&230);
    assert_eq!(shrink((0..300).collect(), fails), [17, 230]);
}
