//! The rules of 1.5 by example; `laws.rs` has them for any text, and
//! `tests/topic/cases.jsonl` the vocabulary's.

use super::*;

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

#[test]
fn a_removed_term_may_be_given_back() {
    let remove = vec!["ШОС".to_owned()];
    let own = lists(&["ШОС"], &[], &[], &[]);
    let base = Base::compile(&Vocabulary::sco(), &remove, &own, 12).unwrap();
    let rules = base
        .rules(&Lists::default(), &FIELDS, Match::Topic)
        .unwrap();
    check(&rules, "ШОС", Verdict::Keep);
}

#[test]
fn what_makes_a_weak_term_count() {
    let weak = rules(&lists(
        &[],
        &["SCO", "Lake Club"],
        &["Xi", "SCO fair"],
        &["Xi An"],
    ));
    check(&weak, "SCO and SCO", Verdict::Near);
    check(&weak, "SCO and the Lake Club", Verdict::Keep);
    // The context overlaps the weak term.
    check(&weak, "An SCO fair", Verdict::Near);
    check(&weak, "An SCO fair of the SCO", Verdict::Keep);
    check(&weak, "SCO, Xi", Verdict::Keep);
    check(&weak, "SCO in Xi'an", Verdict::Drop);
    let strong = rules(&lists(
        &["Lake Club"],
        &["SCO"],
        &["Xi"],
        &["Old Lake Club"],
    ));
    check(&strong, "SCO at the Lake Club", Verdict::Keep);
    check(&strong, "SCO at the Old Lake Club", Verdict::Drop);
}

#[test]
fn a_not_phrase_silences_the_weak_terms_of_the_whole_item() {
    let rules = rules(&lists(&["ШОС"], &["SCO"], &["Xi"], &["SCO Group"]));
    let mut item = titled("SCO meets Xi");
    assert_eq!(judge(&rules, &item).0, Verdict::Keep);
    item.categories = vec!["SCO Group".into()];
    assert_eq!(judge(&rules, &item).0, Verdict::Drop);
    item.lead = "ШОС".into();
    assert_eq!(judge(&rules, &item).0, Verdict::Keep);
}

#[test]
fn an_admins_not_outweighs_the_same_term_of_the_vocabulary() {
    let own = lists(&[], &[], &[], &["SCO meet"]);
    let base = Base::compile(&Vocabulary::sco(), &[], &own, 12).unwrap();
    let rules = base
        .rules(&Lists::default(), &FIELDS, Match::Topic)
        .unwrap();
    check(&rules, "SCO meet in Delhi", Verdict::Drop);
    check(&rules, "SCO meeting in Delhi", Verdict::Keep);
}

#[test]
fn a_term_typed_again_is_no_context_to_itself() {
    let typed = lists(&[], &["SCO", "SCO"], &["Xi"], &[]);
    let base = Base::compile(&Vocabulary::sco(), &[], &typed, 12).unwrap();
    let again = lists(&[], &["SCO", "Sco*"], &[], &[]);
    let rules = base.rules(&again, &FIELDS, Match::Topic).unwrap();
    check(&rules, "The SCO and the SCO", Verdict::Keep);
    let again = lists(&[], &["SCO"], &[], &[]);
    let rules = base.rules(&again, &FIELDS, Match::Topic).unwrap();
    check(&rules, "The SCO and the SCO", Verdict::Near);
    assert!(rules.own_terms().is_empty());
}

#[test]
fn a_generation_is_the_same_for_the_same_rules_and_only_for_them() {
    let base = |within| {
        let own = lists(&["Lake Club", "Hill Club"], &["SCO"], &["Xi"], &[]);
        Base::compile(&Vocabulary::none(), &[], &own, within).unwrap()
    };
    let other = lists(&["Hill Club", "Lake Club"], &["SCO"], &["Xi"], &[]);
    let none = Lists::default();
    let generation = |base: &Base, own: &Lists, fields: &[Field], matching| {
        base.rules(own, fields, matching).unwrap().generation()
    };
    let first = generation(&base(12), &none, &FIELDS, Match::Topic);
    let turned = Base::compile(&Vocabulary::none(), &[], &other, 12).unwrap();
    assert_eq!(first, generation(&turned, &none, &FIELDS, Match::Topic));
    let again = [
        Field::Summary,
        Field::Title,
        Field::Categories,
        Field::Title,
    ];
    assert_eq!(first, generation(&base(12), &none, &again, Match::Topic));
    let own = lists(&[], &[], &[], &["digest"]);
    for differs in [
        generation(&base(11), &none, &FIELDS, Match::Topic),
        generation(&base(12), &own, &FIELDS, Match::Topic),
        generation(&base(12), &none, &FIELDS, Match::Strong),
        generation(&base(12), &none, &[Field::Title], Match::Topic),
    ] {
        assert_ne!(first, differs);
    }
}

#[test]
fn reasons_quote_the_text_as_it_stands() {
    let rules = sco();
    for (title, at, matched) in [
        (
            "Путин прибыл на саммит ШОС",
            "Путин прибыл на саммит ".len(),
            "ШОС",
        ),
        (
            "بیانیه سازمان همکاری\u{200c}های شانگهای",
            "بیانیه ".len(),
            "سازمان همکاری\u{200c}های شانگهای",
        ),
        ("На #шос\u{200b}!", "На #".len(), "шос"),
        (
            "The Co-op; Shanghai\u{ad} Co\u{ad}operation Organi\u{ad}sation",
            11,
            "Shanghai\u{ad} Co\u{ad}operation Organi\u{ad}sation",
        ),
        ("(ШҲТнинг)", 1, "ШҲТнинг"),
        ("去年上合峰会上合影", "去年".len(), "上合"),
    ] {
        let (verdict, reasons) = judge(&rules, &titled(title));
        let first = reasons.first().unwrap();
        assert_eq!((first.at, first.matched.as_str()), (at, matched), "{title}");
        assert_eq!(verdict, Verdict::Keep);
    }
}

#[test]
fn a_long_text_has_few_reasons() {
    let mut item = titled("All of it");
    item.lead = "SCO Group, SCO summit, SCO in Tianjin. ".repeat(20_000);
    let (verdict, reasons) = judge(&sco(), &item);
    assert_eq!((verdict, reasons.len()), (Verdict::Keep, REASONS));
}
