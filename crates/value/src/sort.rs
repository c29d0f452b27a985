//! A stable sort that can be stopped: long lists are sorted in pieces, with a look at the run's limits between them.

use std::cmp::Ordering;

use crate::{budget, memory};

/// Work, in units of the budget, that is done without a look.
const PIECE: usize = 1 << 15;

/// Sorts; `weight` says how many units one comparison takes, about. False when the run was stopped meanwhile: the order is
/// of no use then, but all elements are there.
#[must_use]
pub fn sort_by<T>(items: &mut Vec<T>, weight: usize, mut compare: impl FnMut(&T, &T) -> Ordering) -> bool {
    let work = |count: usize| count.saturating_mul(count.max(2).ilog2() as usize).saturating_mul(weight.max(1)) / 2;
    if work(items.len()) <= PIECE {
        let stays = budget::spend(work(items.len()));
        items.sort_by(compare);
        return stays;
    }
    // The copy that merging makes.
    let Ok(_held) = memory::Held::new(items.len() * size_of::<T>()) else {
        memory::exceed();
        return false;
    };
    let mut size = items.len();
    while size > 1 && work(size) > PIECE {
        size = size.div_ceil(2);
    }
    for piece in items.chunks_mut(size) {
        if !budget::spend(work(size)) {
            return false;
        }
        piece.sort_by(&mut compare);
    }
    let mut stays = true;
    while size < items.len() && stays {
        let mut merged = Vec::with_capacity(items.len());
        let mut rest = std::mem::take(items).into_iter();
        while rest.len() > 0 {
            let left: Vec<T> = rest.by_ref().take(size).collect();
            let right: Vec<T> = rest.by_ref().take(size).collect();
            stays = merge(left, right, weight, &mut merged, &mut compare) && stays;
        }
        *items = merged;
        size = size.saturating_mul(2);
    }
    stays
}

/// Numbers that are sorted without a look: about six milliseconds of work.
const NUMBERS: usize = 1 << 18;

/// Sorts whole numbers, which need no call for each comparison. False when the run was stopped meanwhile: all numbers are
/// there then, in no useful order.
#[must_use]
pub fn sort_numbers(numbers: &mut [i64]) -> bool {
    // The copy that merging makes.
    let Ok(_held) = memory::Held::new(size_of_val(numbers)) else {
        memory::exceed();
        return false;
    };
    let mut size = NUMBERS;
    for piece in numbers.chunks_mut(size) {
        if !budget::spend(piece.len()) {
            return false;
        }
        piece.sort_unstable();
    }
    while size < numbers.len() {
        size *= 2;
        for pair in numbers.chunks_mut(size) {
            if !budget::spend(pair.len()) {
                return false;
            }
            // The stable sort of the standard library sees that there are two sorted runs, and only merges them.
            pair.sort();
        }
    }
    true
}

/// Appends two sorted rows as one. When the run is stopped they are appended as they are.
fn merge<T>(
    left: Vec<T>,
    right: Vec<T>,
    weight: usize,
    out: &mut Vec<T>,
    compare: &mut impl FnMut(&T, &T) -> Ordering,
) -> bool {
    let (mut left, mut right) = (left.into_iter().peekable(), right.into_iter().peekable());
    let mut stays = true;
    while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
        if !budget::spend(weight.max(1)) {
            stays = false;
            break;
        }
        let next = if compare(a, b) == Ordering::Greater { right.next() } else { left.next() };
        out.extend(next);
    }
    out.extend(left);
    out.extend(right);
    stays
}

#[cfg(test)]
mod tests {
    use super::{NUMBERS, sort_by, sort_numbers};

    #[test]
    fn long_lists_are_sorted_stably_whatever_their_order_was() {
        for (count, factor) in [(0, 1), (1, 1), (5, 3), (40_000, 7_919), (100_001, 1), (100_003, 99_991)] {
            let mut items: Vec<(usize, usize)> = (0..count).map(|i| (i * factor % 1_000, i)).collect();
            let mut wanted = items.clone();
            wanted.sort_by_key(|(key, _)| *key);
            assert!(sort_by(&mut items, 1, |a, b| a.0.cmp(&b.0)));
            assert!(items == wanted, "{count} elements");
        }
    }

    #[test]
    fn numbers_are_sorted_across_pieces() {
        for count in [0, 1, 1_000, NUMBERS, NUMBERS + 1, 3 * NUMBERS + 17] {
            let mut numbers: Vec<i64> = (0..count as i64).map(|i| i * 7_919 % 100_003 - 50_000).collect();
            let mut wanted = numbers.clone();
            wanted.sort_unstable();
            assert!(sort_numbers(&mut numbers));
            assert!(numbers == wanted, "{count} numbers");
        }
    }
}
