//! Which run has the next turn: a multi-level feedback queue, as the schedulers of operating systems have.
//!
//! Most runs are short, and whoever waits for a short run notices every millisecond; a run that computes for seconds hardly
//! notices when it waits a little. Nobody knows beforehand which run will be which, so each begins at the highest level and
//! goes down as it computes. What waits at a high level goes first, and interrupts what runs at a lower one. At a low level
//! turns are longer, as there are fewer switches then.
//!
//! Two rules keep that fair. Time that a run waits for its host is taken off what it has computed, so that a script which
//! lives for days and computes a little now and then stays at the top. And one turn in so many goes to the levels below,
//! to each in its turn, so that no run starves however many short ones come.

use std::collections::VecDeque;
use std::time::Duration;

/// How many levels there are; the highest has the number 0.
const LEVELS: usize = 4;

/// How long a turn lasts, by level.
const TURNS: [Duration; LEVELS] =
    [Duration::from_micros(250), Duration::from_micros(500), Duration::from_millis(1), Duration::from_millis(2)];

/// What a run may have computed to be at a level; more, and it is at the next one.
const UP_TO: [Duration; LEVELS - 1] = [Duration::from_micros(500), Duration::from_millis(5), Duration::from_millis(50)];

/// How many turns in a row go to the highest level that waits before one goes to a lower one.
pub(super) const IN_A_ROW: u32 = 7;

/// A level: runs that have computed about as much as each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Level(usize);

impl Level {
    /// Where runs begin.
    pub(super) const TOP: Level = Level(0);

    /// The level of a run that has computed for so long.
    pub(super) fn of(computed: Duration) -> Self {
        Level(UP_TO.iter().take_while(|most| computed > **most).count())
    }

    /// How long a turn lasts.
    pub(super) fn turn(self) -> Duration {
        TURNS[self.0]
    }
}

/// A turn that somebody has now.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Pick<T> {
    pub(super) who: T,
    pub(super) level: Level,
    /// The turn is the one in so many that goes to a lower level: whoever waits at a higher one does not interrupt it.
    pub(super) in_spite: bool,
}

/// Those that wait for a turn.
pub(super) struct Levels<T> {
    waiting: [VecDeque<T>; LEVELS],
    /// How many turns in a row went past somebody at a lower level.
    passed: u32,
    /// The lower level that had a turn last.
    served: usize,
}

impl<T> Levels<T> {
    pub(super) fn new() -> Self {
        Self { waiting: Default::default(), passed: 0, served: 0 }
    }

    /// Puts somebody at the end of a level's row.
    pub(super) fn push(&mut self, level: Level, who: T) {
        self.waiting[level.0].push_back(who);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.iter().all(VecDeque::is_empty)
    }

    /// Whether somebody waits at a higher level.
    pub(super) fn waits_above(&self, level: Level) -> bool {
        self.waiting[..level.0].iter().any(|row| !row.is_empty())
    }

    /// Whether somebody waits at the top level.
    pub(super) fn waits_at_top(&self) -> bool {
        !self.waiting[0].is_empty()
    }

    /// Takes whoever has the next turn.
    pub(super) fn next(&mut self) -> Option<Pick<T>> {
        let highest = (0..LEVELS).find(|level| !self.waiting[*level].is_empty())?;
        let below = self.next_below(highest);
        self.passed = if below.is_some() { self.passed + 1 } else { 0 };
        let (level, in_spite) = match below {
            Some(below) if self.passed > IN_A_ROW => {
                (self.passed, self.served) = (0, below);
                (below, true)
            }
            _ => (highest, false),
        };
        let who = self.waiting[level].pop_front()?;
        Some(Pick { who, level: Level(level), in_spite })
    }

    /// Takes whoever has waited longest at the top level.
    pub(super) fn next_at_top(&mut self) -> Option<T> {
        self.waiting[0].pop_front()
    }

    /// The level below `highest` whose turn it is when one is due: the next one down that somebody waits at, then from the
    /// top again.
    fn next_below(&self, highest: usize) -> Option<usize> {
        let waits = |level: &usize| !self.waiting[*level].is_empty();
        let lower = highest + 1..LEVELS;
        lower.clone().find(|level| *level > self.served && waits(level)).or_else(|| lower.clone().find(waits))
    }
}

#[cfg(test)]
mod tests {
    use super::{IN_A_ROW, LEVELS, Level, Levels, TURNS, UP_TO};
    use std::time::Duration;

    /// The turns that come, by name, when everybody goes back to the end of the row of the same level.
    fn turns(all: &mut Levels<&'static str>, count: usize) -> Vec<&'static str> {
        let one_turn = |_| {
            let pick = all.next()?;
            all.push(pick.level, pick.who);
            Some(pick.who)
        };
        (0..count).filter_map(one_turn).collect()
    }

    #[test]
    fn a_run_goes_down_as_it_computes() {
        let levels: Vec<Level> = [0, 1, 4, 40, 4_000].map(Duration::from_millis).map(Level::of).into();
        assert_eq!(levels, [Level::TOP, Level(1), Level(1), Level(2), Level(3)]);
        // A run leaves a level after a few turns there, and each turn is longer than those above.
        assert!(TURNS.is_sorted() && UP_TO.is_sorted());
        assert!(TURNS.iter().zip(UP_TO).all(|(turn, most)| *turn <= most));
    }

    #[test]
    fn who_has_computed_little_goes_first_and_equals_take_turns() {
        let mut all = Levels::new();
        for (level, who) in [(3, "long"), (1, "a"), (1, "b"), (1, "c")] {
            all.push(Level(level), who);
        }
        assert!(all.waits_above(Level(2)) && !all.waits_above(Level(1)));
        assert_eq!(turns(&mut all, 6), ["a", "b", "c", "a", "b", "c"]);
        all.push(Level::TOP, "new");
        assert_eq!(all.next_at_top(), Some("new"));
        assert_eq!(all.next_at_top(), None);
    }

    #[test]
    fn no_level_starves_however_busy_the_others_are() {
        let mut all = Levels::new();
        for (level, who) in [(0, "short"), (1, "middle"), (2, "longer"), (3, "long")] {
            all.push(Level(level), who);
        }
        let round = IN_A_ROW as usize + 1;
        let turns = turns(&mut all, round * 30);
        let had = |who: &str| turns.iter().filter(|turn| **turn == who).count();
        assert_eq!(["middle", "longer", "long"].map(had), [10; LEVELS - 1]);
        assert_eq!(had("short"), IN_A_ROW as usize * 30);
    }

    #[test]
    fn a_turn_in_spite_of_others_is_marked_and_comes_only_when_it_is_due() {
        let mut all = Levels::new();
        all.push(Level(3), "long");
        // Nobody is above: its turns are nothing special, and others that come later are not made to wait for them.
        for _ in 0..20 {
            let pick = all.next().unwrap_or_else(|| unreachable!("it is always there"));
            assert!(!pick.in_spite);
            all.push(pick.level, pick.who);
        }
        all.push(Level::TOP, "short");
        let picks: Vec<_> = std::iter::from_fn(|| {
            let pick = all.next()?;
            all.push(pick.level, pick.who);
            Some((pick.who, pick.in_spite))
        })
        .take(IN_A_ROW as usize + 1)
        .collect();
        assert!(picks[..IN_A_ROW as usize].iter().all(|pick| *pick == ("short", false)));
        assert_eq!(picks[IN_A_ROW as usize], ("long", true));
    }
}
