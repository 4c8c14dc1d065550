//! Terms as an admin writes them, compiled into what the filter walks.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use serde::Deserialize;

use super::Hit;
use super::trie::{Builder, Trie};
use super::vocabulary::Vocabulary;
use crate::model::{Field, List};
use crate::text::fold::{Tokens, Word};

/// Part of every generation: to be raised when texts are read or terms are
/// weighed differently, so that stored verdicts are given anew.
const SEMANTICS: u32 = 2;

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
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Pattern {
    folded: String,
    prefix: bool,
    /// The cased form, if the word is an acronym: two capitals or more.
    acronym: Option<String>,
}

impl Pattern {
    /// Whether the word stands in the capitals that an acronym wants, its
    /// folded form known to match. A hashtag may be written in any case.
    fn case_fits(&self, word: Word<'_>) -> bool {
        let Some(acronym) = &self.acronym else {
            return true;
        };
        word.hashtag
            || word
                .cased
                .strip_prefix(acronym.as_str())
                .is_some_and(|rest| {
                    if self.prefix {
                        !rest.contains(char::is_uppercase)
                    } else {
                        rest.is_empty()
                    }
                })
    }
}

/// A term in force.
#[derive(Clone, Debug)]
pub struct Term {
    /// The list it stands in.
    pub list: List,
    /// The term as written.
    pub text: String,
    /// The vocabulary section it comes from; `None` for an admin's own.
    pub language: Option<String>,
    words: Vec<Pattern>,
}

impl Term {
    /// Whether an occurrence stands in the right capitals, and whether these
    /// decided it.
    fn case_fits(&self, tokens: &Tokens, from: usize) -> (bool, bool) {
        let mut by_capitals = false;
        let fits = self.words.iter().enumerate().all(|(place, pattern)| {
            pattern.acronym.is_none()
                || tokens.get(from + place).is_some_and(|word| {
                    by_capitals |= !word.hashtag;
                    pattern.case_fits(word)
                })
        });
        (fits, by_capitals)
    }
}

/// Compiled terms, shared by all sources that read them.
#[derive(Debug)]
struct Terms {
    list: Vec<Term>,
    /// Strong, weak and `not` terms: each word of a text is looked up here.
    trie: Trie,
    /// Context terms: only the neighbours of a weak term are looked up, so
    /// that common words in this list cost nothing.
    context: Trie,
}

impl Terms {
    fn new(list: Vec<Term>) -> Self {
        let (mut trie, mut context) = (Builder::default(), Builder::default());
        for (index, term) in (0..).zip(&list) {
            let words = term.words.iter().map(|word| (&*word.folded, word.prefix));
            match term.list {
                List::Context => context.insert(words, index),
                List::Strong | List::Weak | List::Not => trie.insert(words, index),
            }
        }
        Self {
            list,
            trie: trie.finish(),
            context: context.finish(),
        }
    }

    /// Tells the occurrences that begin at a word.
    fn find<'t>(
        &'t self,
        trie: &Trie,
        tokens: &Tokens,
        from: usize,
        found: &mut impl FnMut(Hit<'t>),
    ) {
        trie.walk(tokens, from, &mut |index, to| {
            let Some(term) = self.list.get(index as usize) else {
                return;
            };
            if let (true, by_capitals) = term.case_fits(tokens, from) {
                found(Hit {
                    term,
                    list: term.list,
                    from,
                    to,
                    by_capitals,
                });
            }
        });
    }

    /// A hash of what the terms are, whatever their order.
    fn fingerprint(&self) -> String {
        let mut lines: Vec<String> = self
            .list
            .iter()
            .map(|term| format!("{:?} {:?}", term.list, term.words))
            .collect();
        lines.sort_unstable();
        blake3::hash(lines.join("\n").as_bytes())
            .to_hex()
            .to_string()
    }
}

/// The topic's terms, compiled once for all sources.
#[derive(Clone, Debug)]
pub struct Base {
    terms: Arc<Terms>,
    within: usize,
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
        let own = own(lists, &terms, &mut mistakes);
        if !mistakes.is_empty() {
            return Err(mistakes);
        }
        terms.extend(own);
        let terms = Terms::new(terms);
        Ok(Self {
            within,
            fingerprint: terms.fingerprint().into(),
            terms: Arc::new(terms),
        })
    }

    /// The rules of one source: the topic's terms and its own, the fields
    /// that are read, and how much counts.
    pub fn rules(
        &self,
        extra: &Lists,
        fields: &[Field],
        matching: Match,
    ) -> Result<Rules, Vec<TermMistake>> {
        let mut mistakes = Vec::new();
        let own = own(extra, &self.terms.list, &mut mistakes);
        if !mistakes.is_empty() {
            return Err(mistakes);
        }
        let mut fields = fields.to_vec();
        fields.sort_unstable();
        fields.dedup();
        Ok(Rules {
            base: self.clone(),
            own: (!own.is_empty()).then(|| Arc::new(Terms::new(own))),
            fields,
            matching,
        })
    }
}

/// The rules under which the items of one source are judged. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Rules {
    base: Base,
    /// The source's own terms. They are few, and the topic's are shared.
    own: Option<Arc<Terms>>,
    fields: Vec<Field>,
    matching: Match,
}

impl Rules {
    /// A fingerprint of the rules: equal for the same terms in another order.
    pub fn generation(&self) -> String {
        let rules = format!(
            "{SEMANTICS} {} {} {} {:?} {:?}",
            self.base.fingerprint,
            self.own
                .as_ref()
                .map_or_else(String::new, |own| own.fingerprint()),
            self.base.within,
            self.fields,
            self.matching
        );
        let hash = blake3::hash(rules.as_bytes()).to_hex();
        hash.chars().take(16).collect()
    }

    /// Whether what belongs to the source alone is the same: its own terms,
    /// the fields that are read, how much counts.
    pub fn owns_the_same(&self, other: &Self) -> bool {
        let own = |rules: &Self| rules.own.as_ref().map(|own| own.fingerprint());
        own(self) == own(other) && self.fields == other.fields && self.matching == other.matching
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

    /// The terms of the topic: the vocabulary's, less those removed, then the
    /// admin's.
    pub fn terms(&self) -> &[Term] {
        &self.base.terms.list
    }

    /// The terms that only this source has.
    pub fn own_terms(&self) -> &[Term] {
        self.own.as_ref().map_or(&[], |own| &own.list)
    }

    /// Tells every occurrence of the strong, weak and `not` terms.
    pub(super) fn find<'r>(&'r self, tokens: &Tokens, mut found: impl FnMut(Hit<'r>)) {
        for terms in self.layers() {
            for from in 0..tokens.len() {
                terms.find(&terms.trie, tokens, from, &mut found);
            }
        }
    }

    /// Tells the occurrences of context terms that begin within `words`.
    pub(super) fn find_context<'r>(
        &'r self,
        tokens: &Tokens,
        words: Range<usize>,
        mut found: impl FnMut(Hit<'r>),
    ) {
        for terms in self.layers() {
            for from in words.clone() {
                terms.find(&terms.context, tokens, from, &mut found);
            }
        }
    }

    fn layers(&self) -> impl Iterator<Item = &Terms> {
        std::iter::once(&*self.base.terms).chain(self.own.as_deref())
    }

    /// Words between a weak term and its context at most.
    pub(super) fn within(&self) -> usize {
        self.base.within
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
                // A test compiles every term of the vocabulary.
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

/// The terms of an admin's lists that `base` does not have already. What
/// cannot be used is a mistake.
fn own(lists: &Lists, base: &[Term], mistakes: &mut Vec<TermMistake>) -> Vec<Term> {
    let mut terms: Vec<Term> = Vec::new();
    if lists.is_empty() {
        return terms;
    }
    let known: HashSet<(List, &[Pattern])> = base
        .iter()
        .map(|term| (term.list, term.words.as_slice()))
        .collect();
    let mut own: HashMap<Vec<Pattern>, List> = HashMap::new();
    let has_context =
        !lists.context.is_empty() || base.iter().any(|term| term.list == List::Context);
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
                    wrong(format!(
                        "\"{text}\" stands in two lists, {} and {}: keep it in one of them",
                        other.as_str(),
                        list.as_str()
                    ));
                }
                // A term typed twice is one term: it is no context to itself.
                Some(_) => continue,
                None => {}
            }
            if !known.contains(&(list, words.as_slice())) {
                terms.push(Term {
                    list,
                    text: text.clone(),
                    language: None,
                    words,
                });
            }
        }
    }
    terms
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
