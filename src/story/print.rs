//! The print of an item: what of it is compared with others.
//!
//! Headline and lead are a vector of features each, weighted by how rare they
//! were when the item came. The print is stored with the item and never
//! computed again: the words of today do not reweigh those of yesterday.

use super::kin::Names;
use super::usage::Usage;
use super::vector::Vector;
use super::veto::{self, Mark};
use super::{Newcomer, Teller, clean, words};
use crate::model::{Actor, Item};
use crate::text::fold::{Tokens, Word};
use crate::text::{language, plain};

/// How much of the lead counts, in letters.
pub(super) const LEAD_LETTERS: usize = 300;

/// A lead of fewer features says nothing that a headline does not.
const LEAD_FEATURES_AT_LEAST: usize = 8;

/// A shorter headline is shared by unrelated stories, even word by word.
const WORDS_AT_LEAST: usize = 4;

/// The same where a character is half a word and every two of them are
/// compared: a headline of three words tells more in Chinese.
const CHARACTERS_AT_LEAST: usize = 5;

/// How much of the lead must be equal for the text to be the same, in folded
/// letters (TOPIC-AND-STORIES 2.1).
const SAME_LETTERS: usize = 200;

/// How much of two headlines must be equal for one to be the beginning of the
/// other, in characters of a script without spaces; a word counts as two.
/// Some 40 letters (TOPIC-AND-STORIES 2.6).
const HEAD: usize = 10;

/// What of an item is compared with others.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of the headline"
)]
pub struct Print {
    /// The headline's features.
    pub(super) title: Vector,
    /// The lead's features; empty if it says nothing of its own.
    pub(super) lead: Vector,
    /// A hash of headline and lead, if the headline is long enough to tell
    /// stories apart.
    pub(super) text: Option<[u8; 16]>,
    /// Whether there is a lead in that hash.
    pub(super) led: bool,
    /// Whether the headline is too short to be alike by itself.
    pub(super) short: bool,
    /// Whether the headline's end is cut off.
    pub(super) cut: bool,
    /// The numbers and days that the headline names.
    pub(super) marks: Box<[Mark]>,
    /// The parties that the headline names, in the order of its words.
    pub(super) actors: Box<[Actor]>,
    /// Whether the first of them does something to the next.
    pub(super) acts: bool,
    /// The outlet that wrote it.
    pub(super) outlet: Box<str>,
    /// Whether the source only passes it on.
    pub(super) passed_on: bool,
    /// The first words of the headline; `None` if it has no more than these.
    pub(super) head: Option<[u8; 8]>,
    /// Its language; empty if nothing tells it.
    pub(super) tongue: Box<str>,
    /// What headline and lead name in any language, in order.
    pub(super) names: Box<[u32]>,
}

impl Print {
    /// The print of an item that has just come.
    pub(super) fn of(newcomer: Newcomer<'_>, teller: &Teller, usage: &Usage) -> Self {
        let Newcomer { item, parties } = newcomer;
        let headline = clean::headline(item, &teller.title, &parties.words);
        let mut tokens = Tokens::default();
        let mut names = Names::default();
        names.add_parties(parties);

        tokens.read(headline.text);
        names.add(headline.text, &tokens, parties);
        let mut features = words::features(&tokens);
        if headline.cut {
            // The last word may lack its end.
            features.pop();
        }
        let title = Vector::new(features, usage);
        let marks = veto::marks(&tokens);
        let length = words::length(&tokens);
        let alone = |word: &Word<'_>| words::stands_alone(*word);
        let characters = tokens.iter().filter(alone).count();
        let short = length < WORDS_AT_LEAST && characters < CHARACTERS_AT_LEAST;
        let head = head(&tokens);
        let mut hash = blake3::Hasher::new();
        for word in tokens.iter() {
            hash.update(word.folded.as_bytes()).update(b" ");
        }

        let beginning = plain::beginning(&item.lead, LEAD_LETTERS);
        tokens.read(beginning);
        names.add(beginning, &tokens, parties);
        let mut lead = Vector::new(words::features(&tokens), usage);
        // Aggregators repeat the headline in place of a lead, and "Read more"
        // says nothing.
        let led = lead.len() >= LEAD_FEATURES_AT_LEAST && lead.common(&title) * 5 < lead.len() * 4;
        if led {
            hash.update(b"\n")
                .update(folded_beginning(&tokens).as_bytes());
        } else {
            lead = Vector::default();
        }
        let mut text = [0; 16];
        hash.finalize_xof().fill(&mut text);
        Self {
            title,
            lead,
            text: (length >= WORDS_AT_LEAST && !headline.cut).then_some(text),
            led,
            short,
            cut: headline.cut,
            marks,
            actors: parties.headline.as_slice().into(),
            acts: parties.acts,
            head,
            tongue: tongue(headline.text, item).into(),
            names: names.finish(),
            outlet: headline.outlet.into(),
            passed_on: headline.passed_on,
        }
    }

    /// Its features, each once.
    pub(super) fn features(&self) -> impl Iterator<Item = u32> + '_ {
        let lead = self.lead.iter().filter(|f| !self.title.holds(f.hash));
        self.title.iter().chain(lead).map(|f| f.hash)
    }
}

/// The beginning of a headline that is cut off, and of the one that it was
/// cut from; `None` if there is no more of it than that.
fn head(tokens: &Tokens) -> Option<[u8; 8]> {
    let mut hash = blake3::Hasher::new();
    let mut length = 0;
    for word in tokens.iter() {
        if length >= HEAD {
            let mut head = [0; 8];
            hash.finalize_xof().fill(&mut head);
            return Some(head);
        }
        hash.update(word.folded.as_bytes()).update(b" ");
        length += if words::stands_alone(word) { 1 } else { 2 };
    }
    None
}

/// The beginning of a lead that must be equal.
fn folded_beginning(tokens: &Tokens) -> String {
    let mut beginning = String::new();
    for word in tokens.iter() {
        if !beginning.is_empty() {
            beginning.push(' ');
        }
        beginning.push_str(word.folded);
        // No letter takes more than four bytes.
        if beginning.len() > SAME_LETTERS * 4 {
            break;
        }
    }
    plain::beginning(&beginning, SAME_LETTERS).to_owned()
}

/// The language, without country or script. What the words say goes before
/// what the source states: many state English and write otherwise.
fn tongue<'i>(headline: &str, item: &'i Item) -> &'i str {
    let tag = language::of(headline, item.language.as_deref());
    super::primary(tag.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Parties, SourceKey};
    use crate::story::Layers;

    fn print(title: &str, lead: &str) -> Print {
        let mut item = Item::new("1", title);
        item.lead = lead.into();
        item.language = Some("en-US".into());
        let source = SourceKey::new("steppe").unwrap();
        let teller = Teller::new(source, "Steppe Monitor", Layers::All);
        let newcomer = Newcomer {
            item: &item,
            parties: &Parties::default(),
        };
        Print::of(newcomer, &teller, &Usage::default())
    }

    #[test]
    fn a_lead_that_repeats_the_headline_is_none() {
        let title = "Leaders of ten countries opened a common bank in Bishkek today";
        let repeated = print(title, &format!("{title} Steppe Monitor"));
        assert!(repeated.lead.is_empty() && !repeated.led);
        assert_eq!(repeated.text, print(title, "").text);
        assert!(print(title, "Read more about it.").lead.is_empty());
    }

    #[test]
    fn a_short_or_cut_headline_proves_nothing() {
        assert!(print("SCO summit today", "").text.is_none());
        assert!(print("SCO summit opens today", "").text.is_some());
        assert!(print("今日要闻", "").text.is_none());
        assert!(print("上合组织峰会开幕", "").text.is_some());
        assert!(print("SCO summit opens today in…", "").text.is_none());
    }

    #[test]
    fn letters_go_before_words_and_words_before_what_is_stated() {
        assert_eq!(&*print("Саммит открылся в Бишкеке", "").tongue, "ru");
        assert_eq!(
            &*print("Le sommet est ouvert dans la ville", "").tongue,
            "fr"
        );
        assert_eq!(&*print("SCO sammiti ochildi", "").tongue, "uz");
        assert_eq!(&*print("SCO Bishkek 2026", "").tongue, "en");
    }
}
