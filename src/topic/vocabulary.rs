//! The built-in vocabulary: the names of the organisation in 33 languages.

use serde::Deserialize;

use super::terms::Lists;

/// The terms that come with the program.
#[derive(Clone, Debug, Default)]
pub struct Vocabulary {
    /// Language code and lists of each section.
    pub(super) sections: Vec<(String, Lists)>,
}

#[derive(Deserialize)]
struct Document {
    lang: Vec<Section>,
}

#[derive(Deserialize)]
struct Section {
    code: String,
    #[serde(flatten)]
    lists: Lists,
}

impl Vocabulary {
    /// The names of the Shanghai Cooperation Organisation.
    pub fn sco() -> Self {
        let read: Result<Document, _> = toml::from_str(include_str!("vocabulary.toml"));
        // A test reads the same bytes, so they cannot fail here.
        let sections = read.map_or_else(|_| Vec::new(), |document| document.lang);
        Self {
            sections: sections.into_iter().map(|s| (s.code, s.lists)).collect(),
        }
    }

    /// No terms: the admin writes all of them.
    pub fn none() -> Self {
        Self::default()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::super::{Base, Match, judge};
    use super::*;
    use crate::model::{Field, Item, List, Reason};
    use crate::text::fold::folded;

    /// Every term: its section, its list, its text.
    fn terms() -> Vec<(String, List, String)> {
        let mut terms = Vec::new();
        for (language, lists) in &Vocabulary::sco().sections {
            for (list, texts) in lists.each() {
                let own = texts
                    .iter()
                    .map(|text| (language.clone(), list, text.clone()));
                terms.extend(own);
            }
        }
        terms
    }

    #[test]
    fn the_vocabulary_that_comes_along_is_whole() {
        let vocabulary = Vocabulary::sco();
        assert_eq!(vocabulary.sections.len(), 33);
        for (language, lists) in &vocabulary.sections {
            assert!(!lists.strong.is_empty(), "{language}");
        }
        let count = |list| terms().iter().filter(|(_, l, _)| *l == list).count();
        assert!(count(List::Strong) > 200 && count(List::Weak) > 50);
        assert!(count(List::Context) > 300 && count(List::Not) > 150);
    }

    #[test]
    fn every_term_is_one() {
        for (language, _, text) in terms() {
            let alone = Lists {
                not: vec![text.clone()],
                ..Lists::default()
            };
            let compiled = Base::compile(&Vocabulary::none(), &[], &alone, 12);
            assert!(compiled.is_ok(), "{language} {text}: {compiled:?}");
        }
    }

    #[test]
    fn no_term_stands_in_two_lists() {
        let mut lists: BTreeMap<String, BTreeSet<List>> = BTreeMap::new();
        for (_, list, text) in terms() {
            // Case tells an acronym from a word.
            let words = if text.chars().filter(|c| c.is_uppercase()).count() > 1 {
                text
            } else {
                format!("{} {}", folded(&text), text.ends_with('*'))
            };
            lists.entry(words).or_default().insert(list);
        }
        lists.retain(|_, lists| lists.len() > 1);
        assert!(lists.is_empty(), "{lists:?}");
    }

    /// A term that another one of its list finds anyway only makes the file
    /// longer. The official short names stand for the reader.
    #[test]
    fn no_strong_term_is_covered_by_another() {
        const NAMES: [&str; 2] = ["上合组织", "上合組織"];
        let base = Base::compile(&Vocabulary::sco(), &[], &Lists::default(), 12).unwrap();
        let rules = base
            .rules(&Lists::default(), &[Field::Title], Match::Topic)
            .unwrap();
        for (language, list, text) in terms() {
            if list != List::Strong || NAMES.contains(&text.as_str()) {
                continue;
            }
            let (_, reasons) = judge(&rules, &Item::new("1", text.replace('*', "")));
            let counts = |reason: &&Reason| reason.list == List::Strong && reason.unless.is_none();
            let found: Vec<&str> = reasons
                .iter()
                .filter(counts)
                .map(|reason| reason.term.as_str())
                .collect();
            assert!(
                matches!(found.as_slice(), [only] if folded(only) == folded(&text)),
                "{language} {text}: {found:?}"
            );
        }
    }
}
