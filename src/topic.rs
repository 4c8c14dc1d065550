//! The topic filter: four word lists, one pass, and the reasons
//! (TOPIC-AND-STORIES 1.5).
//!
//! `strong` terms are enough alone; `weak` ones count only near a `context`
//! word; where a `not` phrase stands, weak terms do not count. No weights and
//! no scores: an admin can predict what an edit does.

mod actors;
mod terms;
mod trie;
mod vocabulary;
mod why;

pub use actors::parties;
pub use terms::{Base, Lists, Match, Rules, Term, TermMistake};
pub use vocabulary::Vocabulary;
pub use why::explain;

use crate::model::{Field, Item, List, NearContext, Reason, Verdict};
use crate::text::fold::Tokens;

/// Reasons kept for one item: enough to see why, whatever its length.
const REASONS: usize = 20;

/// A field is in capitals if at least this share of its cased words is, in
/// per cent, and it has at least this many (rule 6).
const CAPITALS_SHARE: usize = 80;
const CAPITALS_WORDS: usize = 4;

/// What the topic says of an item, and why: the deciding occurrences first.
pub fn judge(rules: &Rules, item: &Item) -> (Verdict, Vec<Reason>) {
    let mut judging = Judging::new(rules);
    for_each_text(rules, item, |field, text| judging.read(field, text));
    judging.found.verdict(rules)
}

/// A term that occurs in an item.
#[derive(Clone, Copy, Debug)]
pub struct Part<'r> {
    /// The term.
    pub term: &'r Term,
    /// Whether the verdict would be another without it.
    pub decides: bool,
}

/// The terms that occur in an item, each once; context terms as far as they
/// stand near a weak one.
pub fn parts<'r>(rules: &'r Rules, item: &Item) -> Vec<Part<'r>> {
    let mut judging = Judging::new(rules);
    let mut terms: Vec<&Term> = Vec::new();
    for_each_text(rules, item, |field, text| {
        judging.read(field, text);
        for hit in &judging.hits {
            if !terms.iter().any(|term| std::ptr::eq(*term, hit.term)) {
                terms.push(hit.term);
            }
        }
    });
    let (verdict, _) = judging.found.verdict(rules);
    let without = |term| {
        let mut judging = Judging {
            without: Some(term),
            ..Judging::new(rules)
        };
        for_each_text(rules, item, |field, text| judging.read(field, text));
        judging.found.verdict(rules).0
    };
    let part = |term| Part {
        term,
        decides: without(term) != verdict,
    };
    terms.into_iter().map(part).collect()
}

/// The texts of an item that the rules read, each by itself.
fn for_each_text(rules: &Rules, item: &Item, mut each: impl FnMut(Field, &str)) {
    for &field in rules.fields() {
        match field {
            Field::Title => each(field, &item.title),
            Field::Summary => each(field, &item.lead),
            Field::Content => each(field, &item.content),
            Field::Categories => {
                for category in &item.categories {
                    each(field, category);
                }
            }
        }
    }
}

/// One occurrence of one term, in words of its field.
#[derive(Clone, Copy, Debug)]
struct Hit<'r> {
    term: &'r Term,
    /// What it counts as.
    list: List,
    from: usize,
    to: usize,
    /// Whether the capitals of an acronym decided it.
    by_capitals: bool,
}

impl Hit<'_> {
    fn len(self) -> usize {
        self.to - self.from
    }

    fn overlaps(self, other: Hit<'_>) -> bool {
        self.from < other.to && other.from < self.to
    }

    /// Words between two occurrences; `None` if they overlap.
    fn distance(self, other: Hit<'_>) -> Option<usize> {
        if self.to <= other.from {
            Some(other.from - self.to)
        } else {
            self.from.checked_sub(other.to)
        }
    }
}

/// What is used again from field to field, and what has been found so far.
#[derive(Debug)]
struct Judging<'r> {
    rules: &'r Rules,
    /// A term that is treated as if it were not there.
    without: Option<&'r Term>,
    tokens: Tokens,
    hits: Vec<Hit<'r>>,
    found: Found,
}

impl<'r> Judging<'r> {
    fn new(rules: &'r Rules) -> Self {
        Self {
            rules,
            without: None,
            tokens: Tokens::default(),
            hits: Vec::new(),
            found: Found::default(),
        }
    }

    fn leave_out(&mut self) {
        if let Some(without) = self.without {
            self.hits.retain(|hit| !std::ptr::eq(hit.term, without));
        }
    }

    fn read(&mut self, field: Field, text: &str) {
        self.tokens.read(text);
        self.hits.clear();
        self.rules.find(&self.tokens, |hit| self.hits.push(hit));
        self.leave_out();
        // Nearly every text of the world ends here.
        if self.hits.is_empty() {
            return;
        }
        let proven = |hit: &Hit<'_>| hit.list == List::Strong && hit.by_capitals;
        if self.hits.iter().any(proven) && in_capitals(&self.tokens) {
            // Capitals prove nothing where everything is in capitals.
            for hit in self.hits.iter_mut().filter(|hit| proven(hit)) {
                hit.list = List::Weak;
            }
        }
        self.hits.sort_by_key(|hit| (hit.from, hit.to));
        if self.rules.weak_counts() {
            self.find_context();
        }
        self.weigh(field, text);
    }

    /// Adds the context terms that stand near enough to a weak one.
    fn find_context(&mut self) {
        let before = self.rules.within() + terms::WORDS_AT_MOST;
        let found = self.hits.len();
        let mut read = 0;
        for weak in 0..found {
            let Some(hit) = self.hits.get(weak).filter(|hit| hit.list == List::Weak) else {
                continue;
            };
            let from = hit.from.saturating_sub(before).max(read);
            let to = (hit.to + self.rules.within() + 1).min(self.tokens.len());
            self.rules
                .find_context(&self.tokens, from..to, |hit| self.hits.push(hit));
            read = read.max(to);
        }
        self.leave_out();
        if self.hits.len() > found {
            self.hits.sort_by_key(|hit| (hit.from, hit.to));
        }
    }

    fn weigh(&mut self, field: Field, text: &str) {
        let found = &mut self.found;
        let tokens = &self.tokens;
        let within = self.rules.within();
        let reason = |hit: Hit<'_>| reason(tokens, field, text, hit);
        let not = |hit: &Hit<'_>| hit.list == List::Not;
        let nots: Vec<Hit<'_>> = self.hits.iter().copied().filter(not).collect();
        // They stand in order, and none is longer than a term may be.
        let silencer = |hit: Hit<'_>| {
            let first = nots.partition_point(|not| not.from + terms::WORDS_AT_MOST <= hit.from);
            let near = nots.iter().skip(first).take_while(|not| not.from < hit.to);
            near.copied()
                .find(|not| not.overlaps(hit) && not.len() >= hit.len())
        };
        for (place, &hit) in self.hits.iter().enumerate() {
            let unless = |why: String| Reason {
                unless: Some(why),
                ..reason(hit)
            };
            let inside = |not: Hit<'_>| {
                unless(format!(
                    "it stands inside the `not` phrase \"{}\"",
                    not.term.text
                ))
            };
            match (hit.list, silencer(hit)) {
                (List::Context, _) => {}
                (List::Not, _) => add(&mut found.not, || reason(hit)),
                (List::Strong | List::Weak, Some(not)) => add(&mut found.alone, || inside(not)),
                (List::Strong, None) => add(&mut found.strong, || reason(hit)),
                (List::Weak, None) if !self.rules.weak_counts() => add(&mut found.alone, || {
                    unless("only strong terms count for this source".to_owned())
                }),
                (List::Weak, None) => match nearest(&self.hits, place, within, &silencer) {
                    Some((near, distance)) => add(&mut found.weak, || Reason {
                        context: Some(NearContext {
                            term: near.term.text.clone(),
                            matched: words(tokens, text, near).to_owned(),
                            distance,
                        }),
                        ..reason(hit)
                    }),
                    None => add(&mut found.alone, || {
                        unless(format!("no context within {within} words"))
                    }),
                },
            }
        }
    }
}

/// The nearest free occurrence of a context, strong or other weak term that
/// makes the weak one at `place` count. Hits stand in the order of their
/// beginnings, so the search ends at the window's edges.
fn nearest<'r>(
    hits: &[Hit<'r>],
    place: usize,
    within: usize,
    silencer: &impl Fn(Hit<'r>) -> Option<Hit<'r>>,
) -> Option<(Hit<'r>, usize)> {
    let weak = *hits.get(place)?;
    let counts = |other: &Hit<'r>| {
        let different = other.list != List::Weak || !std::ptr::eq(other.term, weak.term);
        let distance = weak.distance(*other).filter(|d| *d <= within)?;
        (other.list != List::Not && different && silencer(*other).is_none())
            .then_some((*other, distance))
    };
    // An occurrence that begins more than a term's length before the window
    // cannot reach into it.
    let reach = within + terms::WORDS_AT_MOST;
    let after = hits.iter().skip(place + 1);
    let before = hits.iter().take(place).rev();
    after
        .take_while(|other| other.from <= weak.to + within)
        .chain(before.take_while(|other| other.from + reach >= weak.from))
        .filter_map(counts)
        .min_by_key(|(other, distance)| (*distance, other.from))
}

/// The reasons so far, over all fields.
#[derive(Debug, Default)]
struct Found {
    strong: Vec<Reason>,
    /// Weak terms near their context.
    weak: Vec<Reason>,
    not: Vec<Reason>,
    /// Terms that do not count.
    alone: Vec<Reason>,
}

impl Found {
    fn verdict(mut self, rules: &Rules) -> (Verdict, Vec<Reason>) {
        let silenced = !self.not.is_empty();
        let verdict = if rules.keeps_all() || !self.strong.is_empty() {
            Verdict::Keep
        } else if silenced {
            Verdict::Drop
        } else if !self.weak.is_empty() {
            Verdict::Keep
        } else if self.alone.is_empty() || !rules.weak_counts() {
            Verdict::Drop
        } else {
            Verdict::Near
        };
        if silenced {
            for weak in &mut self.weak {
                weak.unless = Some("a `not` phrase stands in the item".to_owned());
            }
        }
        let mut reasons = self.strong;
        reasons.append(&mut self.weak);
        reasons.append(&mut self.not);
        reasons.append(&mut self.alone);
        reasons.truncate(REASONS);
        (verdict, reasons)
    }
}

/// Adds a reason, unless there are enough: a long text has thousands.
fn add(reasons: &mut Vec<Reason>, reason: impl FnOnce() -> Reason) {
    if reasons.len() < REASONS {
        reasons.push(reason());
    }
}

fn in_capitals(tokens: &Tokens) -> bool {
    let (mut cased, mut capital) = (0, 0);
    for word in tokens.iter() {
        let lower = word.cased.contains(char::is_lowercase);
        let upper = word.cased.contains(char::is_uppercase);
        cased += usize::from(lower || upper);
        capital += usize::from(upper && !lower);
    }
    cased >= CAPITALS_WORDS && capital * 100 >= cased * CAPITALS_SHARE
}

fn reason(tokens: &Tokens, field: Field, text: &str, hit: Hit<'_>) -> Reason {
    Reason {
        field,
        list: hit.list,
        term: hit.term.text.clone(),
        language: hit.term.language.clone(),
        matched: words(tokens, text, hit).to_owned(),
        at: tokens.get(hit.from).map_or(0, |word| word.at),
        context: None,
        unless: None,
    }
}

/// The words of an occurrence as they stand in the text.
fn words<'t>(tokens: &Tokens, text: &'t str, hit: Hit<'_>) -> &'t str {
    let from = tokens.get(hit.from).map_or(0, |word| word.at);
    let to = tokens
        .get(hit.to.saturating_sub(1))
        .map_or(from, |word| word.end);
    text.get(from..to).unwrap_or_default()
}

#[cfg(test)]
mod laws;
#[cfg(test)]
mod tests;
