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
    use super::*;

    #[test]
    fn the_vocabulary_that_comes_along_is_whole() {
        let vocabulary = Vocabulary::sco();
        assert_eq!(vocabulary.sections.len(), 33);
        let count = |list: fn(&Lists) -> &Vec<String>| -> usize {
            vocabulary
                .sections
                .iter()
                .map(|(_, lists)| list(lists).len())
                .sum()
        };
        assert!(count(|l| &l.strong) >= 241 && count(|l| &l.weak) >= 60);
        assert!(count(|l| &l.context) >= 250 && count(|l| &l.not) >= 90);
    }
}
