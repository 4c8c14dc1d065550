//! Terms as an admin writes them, compiled into what the filter walks.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::Arc;

use serde::Deserialize;

use super::trie::Trie;
use super::vocabulary::Vocabulary;
use crate::model::{Field, List};
use crate::text::fold::{Tokens, Word};

/// Words of one term at most: more is a sentence, not a name.
pub(super) const WORDS_AT_MOST: usize = 16;

/// The four lists, as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Lists {
    /// Enough alone.
    #[serde(default)]
    pub strong: Vec<String>,
    /// Counts only near a context word.
    #[serde(default)]
    pub weak: Vec<String>,
    /// Makes a weak term count.
    #[serde(default)]
    pub context: Vec<String>,
    /// Where it stands, weak terms do not count.
    #[serde(default)]
    pub not: Vec<String>,
}

impl Lists {
    /// The lists with their names.
    pub fn each(&self) -> [(List, &[String]); 4] {
        [
            (List::Strong, &self.strong),
            (List::Weak, &self.weak),
            (List::Context, &self.context),
            (List::Not, &self.not),
        ]
    }

    fn is_empty(&self) -> bool {
        self.each().iter().all(|(_, list)| list.is_empty())
    }
}

/// How much of the topic counts for a source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Match {
    /// Strong terms, and weak ones near their context.
    #[default]
    Topic,
    /// Strong terms only.
    Strong,
    /// Everything passes; what would have matched is still recorded (rule 7).
    All,
}

/// A term that cannot be used, and where it stands in its list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TermMistake {
    /// The list; `None` for `remove`.
    pub list: Option<List>,
    /// Its place in the list, from 0.
    pub index: usize,
    /// What is wrong, in words.
    pub said: String,
}

impl fmt::Display for TermMistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.said)
    }
}

/// One word of a term.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Pattern {
    folded: String,
    prefix: bool,
    /// The cased form, if the word is an acronym: two capitals or more.
    acronym: Option<String>,
}

impl Pattern {
    /// Whether the word is matched, its folded beginning known to be equal.
    fn matches(&self, word: Word<'_>) -> bool {
        let folded = if self.prefix {
            word.folded.starts_with(&self.folded)
        } else {
            word.folded == self.folded
        };
        folded
            && (word.hashtag
                || self.acronym.as_ref().is_none_or(|acronym| {
                    word.cased
                        .strip_prefix(acronym.as_str())
                        .is_some_and(|rest| {
                            if self.prefix {
                                !rest.chars().any(char::is_uppercase)
                            } else {
                                rest.is_empty()
                            }
                        })
                }))
    }
}

#[derive(Clone, Debug)]
struct Term {
    list: List,
    text: String,
    language: Option<String>,
    words: Vec<Pattern>,
}

/// Compiled terms, shared by all sources that add none of their own.
#[derive(Debug)]
pub(super) struct Terms {
    terms: Vec<Term>,
    trie: Trie,
    within: usize,
}

impl Terms {
    fn new(terms: Vec<Term>, within: usize) -> Self {
        let mut trie = Trie::default();
        for (index, term) in terms.iter().enumerate() {
            if let Some(first) = term.words.first() {
                trie.insert(&first.folded, first.prefix, index);
            }
        }
        trie.finish();
        Self {
            terms,
            trie,
            within,
        }
    }

    /// Tells every occurrence of every term: term, first word, word after
    /// the last, whether an acronym's capitals decided it.
    pub(super) fn find(&self, tokens: &Tokens, mut found: impl FnMut(usize, usize, usize, bool)) {
        for (at, word) in tokens.iter().enumerate() {
            self.trie.walk(word.folded, |index| {
                let Some(term) = self.terms.get(index) else {
                    return;
                };
                let mut by_capitals = false;
                let all = term.words.iter().enumerate().all(|(offset, pattern)| {
                    let word = tokens.get(at + offset);
                    by_capitals |= pattern.acronym.is_some() && word.is_some_and(|w| !w.hashtag);
                    word.is_some_and(|word| pattern.matches(word))
                });
                if all {
                    found(index, at, at + term.words.len(), by_capitals);
                }
            });
        }
    }

    pub(super) fn list(&self, term: usize) -> List {
        self.terms.get(term).map_or(List::Context, |term| term.list)
    }

    pub(super) fn text(&self, term: usize) -> &str {
        self.terms.get(term).map_or("", |term| &term.text)
    }

    pub(super) fn language(&self, term: usize) -> Option<&str> {
        self.terms.get(term)?.language.as_deref()
    }

    pub(super) fn within(&self) -> usize {
        self.within
    }

    /// A hash of what the terms are, whatever their order.
    fn fingerprint(&self) -> String {
        let mut lines: Vec<String> = self
            .terms
            .iter()
            .map(|term| format!("{:?} {:?}", term.list, term.words))
            .collect();
        lines.sort_unstable();
        lines.dedup();
        lines.push(self.within.to_string());
        blake3::hash(lines.join("\n").as_bytes())
            .to_hex()
            .to_string()
    }
}

/// The topic's terms, compiled once for all sources.
#[derive(Clone, Debug)]
pub struct Base {
    terms: Arc<Terms>,
    fingerprint: Arc<str>,
}

impl Base {
    /// The vocabulary less `remove`, with the admin's own lists. `within` is
    /// the number of words between a weak term and its context.
    pub fn compile(
        vocabulary: &Vocabulary,
        remove: &[String],
        lists: &Lists,
        within: usize,
    ) -> Result<Self, Vec<TermMistake>> {
        let mut mistakes = Vec::new();
        let mut terms = from_vocabulary(vocabulary);
        for (index, text) in remove.iter().enumerate() {
            let words = patterns(text).unwrap_or_default();
            let before = terms.len();
            terms.retain(|term| term.words != words);
            if terms.len() == before {
                mistakes.push(TermMistake {
                    list: None,
                    index,
                    said: not_in_vocabulary(text, vocabulary),
                });
            }
        }
        let has_context = terms.iter().any(|term| term.list == List::Context);
        add(&mut terms, lists, has_context, &mut mistakes);
        if mistakes.is_empty() {
            Ok(Self::new(terms, within))
        } else {
            Err(mistakes)
        }
    }

    fn new(terms: Vec<Term>, within: usize) -> Self {
        let terms = Terms::new(terms, within);
        Self {
            fingerprint: terms.fingerprint().into(),
            terms: Arc::new(terms),
        }
    }

    /// The rules of one source: the topic's terms and its own, the fields
    /// that are read, and how much counts.
    pub fn rules(
        &self,
        extra: &Lists,
        fields: &[Field],
        matching: Match,
    ) -> Result<Rules, Vec<TermMistake>> {
        let base = if extra.is_empty() {
            self.clone()
        } else {
            let mut mistakes = Vec::new();
            let mut terms = self.terms.terms.clone();
            let has_context = terms.iter().any(|term| term.list == List::Context);
            add(&mut terms, extra, has_context, &mut mistakes);
            if !mistakes.is_empty() {
                return Err(mistakes);
            }
            Self::new(terms, self.terms.within)
        };
        let mut fields = fields.to_vec();
        fields.sort_unstable();
        fields.dedup();
        Ok(Rules {
            base,
            fields,
            matching,
        })
    }
}

/// The rules under which the items of one source are judged. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Rules {
    base: Base,
    fields: Vec<Field>,
    matching: Match,
}

impl Rules {
    /// A fingerprint of the rules: equal for the same terms in another order.
    pub fn generation(&self) -> String {
        let rules = format!(
            "{} {:?} {:?}",
            self.base.fingerprint, self.fields, self.matching
        );
        let hash = blake3::hash(rules.as_bytes()).to_hex();
        hash.chars().take(16).collect()
    }

    /// The same rules for an item whose article page was read: its text
    /// counts, too.
    #[must_use]
    pub fn after_look(&self) -> Self {
        let mut rules = self.clone();
        if !rules.fields.contains(&Field::Content) {
            rules.fields.push(Field::Content);
        }
        rules
    }

    /// The fields that are read.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    pub(super) fn terms(&self) -> &Terms {
        &self.base.terms
    }

    pub(super) fn weak_counts(&self) -> bool {
        self.matching != Match::Strong
    }

    pub(super) fn keeps_all(&self) -> bool {
        self.matching == Match::All
    }
}

fn from_vocabulary(vocabulary: &Vocabulary) -> Vec<Term> {
    let mut terms: Vec<Term> = Vec::new();
    let mut seen: HashSet<(List, Vec<Pattern>)> = HashSet::new();
    for (language, lists) in &vocabulary.sections {
        for (list, texts) in lists.each() {
            for text in texts {
                let Ok(words) = patterns(text) else { continue };
                // Neighbours share names: ШОС is Russian and Ukrainian.
                if seen.insert((list, words.clone())) {
                    terms.push(Term {
                        list,
                        text: text.clone(),
                        language: Some(language.clone()),
                        words,
                    });
                }
            }
        }
    }
    terms
}

fn add(terms: &mut Vec<Term>, lists: &Lists, has_context: bool, mistakes: &mut Vec<TermMistake>) {
    let mut own: HashMap<Vec<Pattern>, List> = HashMap::new();
    let has_context = has_context || !lists.context.is_empty();
    for (list, texts) in lists.each() {
        for (index, text) in texts.iter().enumerate() {
            let mut wrong = |said: String| {
                mistakes.push(TermMistake {
                    list: Some(list),
                    index,
                    said,
                });
            };
            let words = match patterns(text) {
                Ok(words) => words,
                Err(said) => {
                    wrong(said);
                    continue;
                }
            };
            if list == List::Strong && is_common(&words) {
                wrong(format!(
                    "\"{text}\" is too short to be enough alone: make it weak, or add a word"
                ));
            }
            if list == List::Weak && !has_context {
                wrong(format!(
                    "\"{text}\" is weak, but there is no context word to make it count"
                ));
            }
            match own.insert(words.clone(), list) {
                Some(other) if other != list => {
                    wrong(
                        format!("\"{text}\" stands in two lists, {other:?} and {list:?}")
                            .to_lowercase(),
                    );
                }
                _ => {}
            }
            terms.push(Term {
                list,
                text: text.clone(),
                language: None,
                words,
            });
        }
    }
}

/// One short word that is no acronym says nothing by itself.
fn is_common(words: &[Pattern]) -> bool {
    matches!(words, [word] if word.acronym.is_none() && word.folded.chars().count() < 4)
}

/// The words of a term, or why it is none.
fn patterns(text: &str) -> Result<Vec<Pattern>, String> {
    let mut tokens = Tokens::default();
    tokens.read(text);
    let bytes = text.as_bytes();
    let mut stars = text.matches('*').count();
    let words: Vec<Pattern> = tokens
        .iter()
        .map(|word| {
            let prefix = bytes.get(word.end) == Some(&b'*');
            stars -= usize::from(prefix);
            let capitals = word.cased.chars().filter(|c| c.is_uppercase()).count();
            Pattern {
                folded: word.folded.to_owned(),
                prefix,
                acronym: (capitals >= 2).then(|| word.cased.to_owned()),
            }
        })
        .collect();
    if words.is_empty() {
        return Err(format!("\"{text}\" holds no word"));
    }
    if words.len() > WORDS_AT_MOST {
        return Err(format!("\"{text}\" has more than {WORDS_AT_MOST} words"));
    }
    // A star before a letter would end a word in its middle.
    let inside = words.len() > 1
        && tokens
            .iter()
            .zip(tokens.iter().skip(1))
            .any(|(a, b)| bytes.get(a.end) == Some(&b'*') && a.end + 1 == b.at);
    if stars > 0 || inside {
        return Err(format!("\"{text}\": a * stands only at the end of a word"));
    }
    Ok(words)
}

fn not_in_vocabulary(text: &str, vocabulary: &Vocabulary) -> String {
    let near = vocabulary
        .sections
        .iter()
        .flat_map(|(_, lists)| lists.each().into_iter().flat_map(|(_, texts)| texts))
        .map(|term| (strsim::jaro_winkler(term, text), term))
        .filter(|(score, _)| *score > 0.85)
        .max_by(|a, b| a.0.total_cmp(&b.0));
    match near {
        Some((_, term)) => format!("\"{text}\" is no vocabulary term; did you mean \"{term}\"?"),
        None => format!("\"{text}\" is no vocabulary term"),
    }
}
