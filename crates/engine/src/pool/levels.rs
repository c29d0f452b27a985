//! Which run has the next turn: a multi-level feedback queue, as the schedulers of operating systems have.
//!
//! Most runs are short, and whoever waits for a short run notices every millisecond; a run that computes for seconds hardly
//! notices when it waits a little. Nobody knows beforehand which run will be which, so each begins at the highest level and
//! goes down as it computes. What waits at a high level goes first, and interrupts what runs at a lower one. At a low level
//! turns are longer, as there are fewer switches then.
//!
//! Two rules keep that fair. Time that a run waits for its host is taken off what it has computed, so that a script which
//! lives for days and computes a little now and then stays at the top. And one part in eight of the time goes to the levels
//! below, to each in its turn, so that no run starves however many short ones come.

use std::collections::VecDeque;
use std::time::Duration;

/// How many levels there are; the highest has the number 0.
const LEVELS: usize = 4;

/// How long a turn lasts, by level.
const TURNS: [Duration; LEVELS] =
    [Duration::from_micros(250), Duration::from_micros(500), Duration::from_millis(1), Duration::from_millis(2)];

/// What a run may have computed to be at a level; more, and it is at the next one.
const UP_TO: [Duration; LEVELS - 1] = [Duration::from_micros(500), Duration::from_millis(5), Duration::from_millis(50)];

/// A level: runs that have computed about as much as each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Level(usize);

impl Level {
    /// Where runs begin.
    pub(super) const TOP: Level = Level(0);

    /// How long runs of a higher level go past those of a lower one before it is due: then it has the shortest turn.
    pub(super) const PAST: Duration = Duration::from_micros(7 * 250);

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
    /// A lower level was due: for as long as the shortest turn lasts, whoever waits at a higher one does not interrupt it.
    pub(super) due: bool,
    /// Somebody at a lower level waits meanwhile.
    pub(super) passes: bool,
}

/// Those that wait for a turn.
pub(super) struct Levels<T> {
    waiting: [VecDeque<T>; LEVELS],
    /// How long others have gone past somebody at a lower level.
    past: Duration,
    /// The lower level that was served last.
    served: usize,
}

impl<T> Levels<T> {
    pub(super) fn new() -> Self {
        Self { waiting: Default::default(), past: Duration::ZERO, served: 0 }
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
        let (level, due, passes) = match self.next_below(highest) {
            Some(below) if self.lower_is_due() => {
                self.served = below;
                (below, true, false)
            }
            Some(_) => (highest, false, true),
            None => {
                self.past = Duration::ZERO;
                (highest, false, false)
            }
        };
        let who = self.waiting[level].pop_front()?;
        Some(Pick { who, level: Level(level), due, passes })
    }

    /// Counts the time of a turn that went past a lower level.
    pub(super) fn went_past(&mut self, time: Duration) {
        self.past += time;
    }

    /// Whether others have gone past a lower level for so long that it is due; they begin anew then.
    pub(super) fn lower_is_due(&mut self) -> bool {
        let due = self.past >= Level::PAST;
        if due {
            self.past = Duration::ZERO;
        }
        due
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
    use super::{LEVELS, Level, Levels, TURNS, UP_TO};
    use std::time::Duration;

    const SHORT: Duration = Duration::from_micros(50);

    /// So many turns, each of the same time: who had them, and whether they were due.
    fn turns(all: &mut Levels<&'static str>, count: usize) -> Vec<(&'static str, bool)> {
        let one_turn = |_| {
            let pick = all.next()?;
            all.push(pick.level, pick.who);
            if pick.passes {
                all.went_past(SHORT);
            }
            Some((pick.who, pick.due))
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
        assert_eq!(Level::PAST, TURNS[0] * 7);
    }

    #[test]
    fn who_has_computed_little_goes_first_and_equals_take_turns() {
        let mut all = Levels::new();
        for (level, who) in [(3, "long"), (1, "a"), (1, "b"), (1, "c")] {
            all.push(Level(level), who);
        }
        assert!(all.waits_above(Level(2)) && !all.waits_above(Level(1)));
        let had: Vec<&str> = turns(&mut all, 6).into_iter().map(|(who, _)| who).collect();
        assert_eq!(had, ["a", "b", "c", "a", "b", "c"]);
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
        // After 35 short turns a lower level is due.
        let past = (Level::PAST.as_micros() / SHORT.as_micros()) as usize;
        let turns = turns(&mut all, (past + 1) * 30);
        let had = |who: &str| turns.iter().filter(|(turn, _)| *turn == who).count();
        assert_eq!(["middle", "longer", "long"].map(had), [10; LEVELS - 1]);
        assert!(turns.iter().all(|(who, due)| *due == (*who != "short")));
    }

    #[test]
    fn nobody_is_due_where_nobody_is_passed() {
        let mut all = Levels::new();
        all.push(Level(3), "long");
        assert!(turns(&mut all, 1_000).iter().all(|(_, due)| !due));
        // Who comes now goes first, whatever there was before.
        all.push(Level::TOP, "short");
        assert!(turns(&mut all, 30).iter().all(|turn| *turn == ("short", false)));
    }
}
