//! The topic filter: four word lists, one pass, and the reasons
//! (TOPIC-AND-STORIES 1.5).
//!
//! `strong` terms are enough alone; `weak` ones count only near a `context`
//! word; where a `not` phrase stands, weak terms do not count. No weights and
//! no scores: an admin can predict what an edit does.

mod terms;
mod trie;
mod vocabulary;
mod why;

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
    let mut judging = Judging {
        rules,
        tokens: Tokens::default(),
        hits: Vec::new(),
        found: Found::default(),
    };
    for field in rules.fields() {
        match field {
            Field::Title => judging.read(Field::Title, &item.title),
            Field::Summary => judging.read(Field::Summary, &item.lead),
            Field::Content => judging.read(Field::Content, &item.content),
            Field::Categories => {
                for category in &item.categories {
                    judging.read(Field::Categories, category);
                }
            }
        }
    }
    judging.found.verdict(rules)
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
    tokens: Tokens,
    hits: Vec<Hit<'r>>,
    found: Found,
}

impl<'r> Judging<'r> {
    fn read(&mut self, field: Field, text: &str) {
        self.tokens.read(text);
        self.hits.clear();
        self.rules.find(&self.tokens, |hit| self.hits.push(hit));
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
mod tests {
    use super::*;
    use proptest::prelude::*;
    use unicode_normalization::UnicodeNormalization;

    const FIELDS: [Field; 3] = [Field::Title, Field::Summary, Field::Categories];

    fn rules(lists: &Lists) -> Rules {
        let base = Base::compile(&Vocabulary::none(), &[], lists, 12).unwrap();
        base.rules(&Lists::default(), &FIELDS, Match::Topic)
            .unwrap()
    }

    fn sco() -> Rules {
        let base = Base::compile(&Vocabulary::sco(), &[], &Lists::default(), 12).unwrap();
        base.rules(&Lists::default(), &FIELDS, Match::Topic)
            .unwrap()
    }

    fn lists(strong: &[&str], weak: &[&str], context: &[&str], not: &[&str]) -> Lists {
        let own = |list: &[&str]| list.iter().map(|term| (*term).to_owned()).collect();
        Lists {
            strong: own(strong),
            weak: own(weak),
            context: own(context),
            not: own(not),
        }
    }

    fn titled(title: &str) -> Item {
        Item::new("1", title)
    }

    #[track_caller]
    fn check(rules: &Rules, title: &str, expected: Verdict) {
        let (verdict, reasons) = judge(rules, &titled(title));
        assert_eq!(verdict, expected, "{}", explain(verdict, &reasons));
    }

    #[test]
    fn the_organisation_is_found_in_its_languages() {
        let rules = sco();
        for title in [
            "Shanghai Cooperation Organisation to admit Laos",
            "Путин прибыл на саммит ШОС в Бишкеке",
            "Главы МИД Шанхайской организации сотрудничества встретились",
            "В Бишкеке открылся форум ШОC",
            "上合组织峰会在天津举行",
            "上海合作組織成員國",
            "ШЫҰ-ға мүше мемлекеттер",
            "Бишкекте ШКУнун саммити өтөт",
            "ShHTga aʼzo davlatlar sammiti",
            "Созмони ҳамкории Шанхай дар Душанбе",
            "اجلاس سران سازمان همکاری شانگهای",
            "سازمان همکاری‌های شانگهای",
            "शंघाई सहयोग संगठन की बैठक",
            "ŞİÖ'ye üye ülkelerin liderleri",
            "#sco2026 summit in Bishkek",
            "#шос",
        ] {
            check(&rules, title, Verdict::Keep);
        }
    }

    #[test]
    fn what_only_looks_like_it_is_dropped() {
        let rules = sco();
        for title in [
            "Cisco leaders meet UNESCO in Moscow",
            "В Москве перекрыли шоссе",
            "Концерт памяти Шостаковича",
            "中国与东盟加强海上合作",
            "线上合作平台上线",
            "飞机上合影留念",
            "SCO Group loses appeal against IBM in Russia",
            "Scottish Chamber Orchestra (SCO) tours China",
            "Angers SCO vs PSG: le sommet de la journée",
            "Fiasco in San Francisco",
        ] {
            let (verdict, reasons) = judge(&rules, &titled(title));
            assert_ne!(verdict, Verdict::Keep, "{}", explain(verdict, &reasons));
        }
    }

    #[test]
    fn weak_terms_need_a_context_near_by() {
        let rules = rules(&lists(
            &[],
            &["SCO"],
            &["summit*", "Bishkek"],
            &["SCO Group"],
        ));
        check(&rules, "SCO chiefs fly to Bishkek", Verdict::Keep);
        check(&rules, "SCO chiefs fly home", Verdict::Near);
        check(&rules, "Sco chiefs fly to Bishkek", Verdict::Drop);
        check(&rules, "#sco chiefs fly to Bishkek", Verdict::Keep);
        check(&rules, "SCO Group opens a Bishkek office", Verdict::Drop);
        check(&rules, "SCO meets SCO Group in Bishkek", Verdict::Drop);
        let far = format!("SCO {} Bishkek", "word ".repeat(13));
        check(&rules, &far, Verdict::Near);
        let near = format!("SCO {} Bishkek", "word ".repeat(12));
        check(&rules, &near, Verdict::Keep);
    }

    #[test]
    fn a_strong_term_wins_over_a_not_phrase_elsewhere() {
        let rules = rules(&lists(&["ШОС"], &["SCO"], &["summit"], &["SCO Group"]));
        check(&rules, "ШОС и SCO Group", Verdict::Keep);
        check(&rules, "SCO Group summit", Verdict::Drop);
    }

    #[test]
    fn a_not_phrase_hides_the_strong_term_inside_it() {
        let rules = rules(&lists(&["SCO"], &[], &[], &["Angers SCO"]));
        check(&rules, "Angers SCO wins", Verdict::Drop);
        check(&rules, "Angers SCO meets the SCO", Verdict::Keep);
    }

    #[test]
    fn capitals_prove_nothing_in_a_headline_of_capitals() {
        let rules = rules(&lists(&["SCO"], &[], &["summit"], &[]));
        check(&rules, "SCO leaders arrive today", Verdict::Keep);
        check(&rules, "SCO LEADERS ARRIVE TODAY", Verdict::Near);
        check(&rules, "SCO LEADERS AT SUMMIT TODAY", Verdict::Keep);
    }

    #[test]
    fn fields_are_never_joined() {
        let rules = rules(&lists(&["Shanghai Cooperation"], &[], &[], &[]));
        let mut item = titled("News from Shanghai");
        item.lead = "Cooperation grows".into();
        item.categories = vec!["Shanghai".into(), "Cooperation".into()];
        assert_eq!(judge(&rules, &item).0, Verdict::Drop);
        item.categories.push("Shanghai cooperation".into());
        assert_eq!(judge(&rules, &item).0, Verdict::Keep);
    }

    #[test]
    fn an_acronym_with_an_ending_takes_small_letters_only() {
        let rules = rules(&lists(&["ШКУ*"], &[], &[], &[]));
        check(&rules, "ШКУнун саммити", Verdict::Keep);
        check(&rules, "ШКУРА", Verdict::Drop);
        check(&rules, "шкуры", Verdict::Drop);
    }

    #[test]
    fn match_all_keeps_and_still_says_what_matched() {
        let base = Base::compile(&Vocabulary::sco(), &[], &Lists::default(), 12).unwrap();
        let all = base.rules(&Lists::default(), &FIELDS, Match::All).unwrap();
        let (verdict, reasons) = judge(&all, &titled("Weather in Brest"));
        assert_eq!((verdict, reasons.len()), (Verdict::Keep, 0));
        assert!(!judge(&all, &titled("ШОС")).1.is_empty());
        let strong = base
            .rules(&Lists::default(), &FIELDS, Match::Strong)
            .unwrap();
        check(&strong, "SCO opens in Bishkek near Xi", Verdict::Drop);
    }

    #[test]
    fn reasons_name_term_text_place_and_context() {
        let rules = rules(&lists(&[], &["SCO"], &["summit*"], &[]));
        let (_, reasons) = judge(&rules, &titled("Die SCO plant einen Summit"));
        let reason = reasons.first().unwrap();
        assert_eq!(
            (reason.term.as_str(), reason.matched.as_str(), reason.at),
            ("SCO", "SCO", 4)
        );
        let near = reason.context.as_ref().unwrap();
        assert_eq!((near.matched.as_str(), near.distance), ("Summit", 2));
    }

    #[track_caller]
    fn mistake(remove: &[&str], lists: &Lists, expected: &str) {
        let remove: Vec<String> = remove.iter().map(|term| (*term).to_owned()).collect();
        let vocabulary = if remove.is_empty() {
            Vocabulary::none()
        } else {
            Vocabulary::sco()
        };
        let mistakes = Base::compile(&vocabulary, &remove, lists, 12).unwrap_err();
        let said: Vec<&str> = mistakes.iter().map(|m| m.said.as_str()).collect();
        assert!(said.iter().any(|said| said.contains(expected)), "{said:?}");
    }

    #[test]
    fn a_term_that_cannot_work_is_a_mistake() {
        mistake(&[], &lists(&["", "x"], &[], &[], &[]), "holds no word");
        mistake(
            &[],
            &lists(&["a*b"], &[], &[], &[]),
            "only at the end of a word",
        );
        mistake(&[], &lists(&["*"], &[], &[], &[]), "holds no word");
        mistake(&[], &lists(&["sco"], &[], &[], &[]), "too short");
        mistake(&[], &lists(&[], &["SCO"], &[], &[]), "no context word");
        mistake(
            &[],
            &lists(&["Shanghai"], &[], &["shanghai"], &[]),
            "in two lists",
        );
        mistake(
            &["Tianjin Declration"],
            &Lists::default(),
            "did you mean \"Tianjin Declaration\"",
        );
    }

    #[test]
    fn a_removed_term_no_longer_counts() {
        let remove = vec!["ШОС".to_owned()];
        let base = Base::compile(&Vocabulary::sco(), &remove, &Lists::default(), 12).unwrap();
        let rules = base
            .rules(&Lists::default(), &FIELDS, Match::Topic)
            .unwrap();
        check(&rules, "ШОС", Verdict::Drop);
    }

    const WORDS: [&str; 12] = [
        "SCO",
        "Group",
        "summit",
        "ШОС",
        "Шанхай",
        "word",
        "上合",
        "组织",
        "Xi",
        "Bishkek",
        "été",
        "o'zbek",
    ];

    fn texts() -> impl Strategy<Value = String> {
        prop::collection::vec(prop::sample::select(&WORDS[..]), 0..12).prop_map(|w| w.join(" "))
    }

    fn some_lists() -> impl Strategy<Value = Lists> {
        let list = || prop::collection::vec(prop::sample::select(&WORDS[..]), 1..3);
        (list(), list(), list(), list()).prop_map(|(strong, weak, mut context, not)| {
            let strong: Vec<&str> = strong
                .into_iter()
                .filter(|t| t.chars().count() > 3 || *t == "ШОС")
                .collect();
            let taken: Vec<&str> = strong.iter().chain(&weak).copied().collect();
            let not: Vec<&str> = not.into_iter().filter(|t| !taken.contains(t)).collect();
            context.push("Samarkand");
            let weak: Vec<&str> = weak.into_iter().filter(|t| !strong.contains(t)).collect();
            context.retain(|t| !strong.contains(t) && !weak.contains(t) && !not.contains(t));
            lists(&strong, &weak, &context, &not)
        })
    }

    fn kept(lists: &Lists, title: &str) -> bool {
        judge(&rules(lists), &titled(title)).0 == Verdict::Keep
    }

    proptest! {
        #[test]
        fn adding_a_term_never_loses_an_item_and_a_not_never_gains_one(
            text in texts(), lists in some_lists(), which in 0..4, term in "Samarkand|Tashkent|summit spirit",
        ) {
            let before = kept(&lists, &text);
            let mut more = lists.clone();
            let list = match which {
                0 => &mut more.strong,
                1 => &mut more.weak,
                2 => &mut more.context,
                _ => &mut more.not,
            };
            if !lists.context.contains(&term) {
                list.push(term);
                let after = kept(&more, &text);
                if which < 3 { prop_assert!(after || !before) } else { prop_assert!(before || !after) }
            }
        }

        #[test]
        fn form_and_invisible_letters_change_no_verdict(text in texts(), lists in some_lists()) {
            let before = kept(&lists, &text);
            let nfd: String = text.nfd().collect();
            prop_assert_eq!(kept(&lists, &nfd), before);
            let spread: String = text.chars().flat_map(|c| [c, '\u{200d}']).collect();
            prop_assert_eq!(kept(&lists, &spread), before);
            let mut turned = lists.clone();
            turned.strong.reverse();
            turned.context.reverse();
            prop_assert_eq!(rules(&turned).generation(), rules(&lists).generation());
        }
    }
}
