//! Which parties a headline names: countries, their leaders, organisations.
//!
//! The names come with the program (`entities.toml`), in the notation of the
//! vocabulary, and are found by the same walk. They are no part of the rules:
//! they decide no verdict, only which stories cannot be one (TOPIC-AND-STORIES
//! 2.5) and which are kin across languages (2.7).

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde::Deserialize;

use super::terms::{Base, Lists, Match, Rules, Term};
use super::vocabulary::Vocabulary;
use crate::model::{Actor, Field, Item, Parties};
use crate::text::fold::{Tokens, Word};
use crate::text::plain;

/// How much of a lead is read, in letters: what follows is background.
const LEAD_LETTERS: usize = 300;

/// A name this short is a common word in other letters: `Xi` is no `XI`.
const SHORT: usize = 2;

/// The names that come with the program, compiled when first asked for.
static PARTIES: LazyLock<Table> = LazyLock::new(Table::compile);

#[derive(Deserialize)]
struct Document {
    entity: Vec<Entity>,
}

#[derive(Deserialize)]
struct Entity {
    key: String,
    of: Option<String>,
    #[serde(default = "parts")]
    veto: bool,
    names: Vec<String>,
}

fn parts() -> bool {
    true
}

struct Table {
    rules: Option<Rules>,
    entities: Vec<Entity>,
}

impl Table {
    fn compile() -> Self {
        let read: Result<Document, _> = toml::from_str(include_str!("entities.toml"));
        // A test reads the same bytes, so they cannot fail here.
        let entities = read.map_or_else(|_| Vec::new(), |document| document.entity);
        let section = |(place, entity): (usize, &Entity)| {
            let names = Lists {
                context: entity.names.clone(),
                ..Lists::default()
            };
            (place.to_string(), names)
        };
        let vocabulary = Vocabulary {
            sections: entities.iter().enumerate().map(section).collect(),
        };
        let rules = Base::compile(&vocabulary, &[], &Lists::default(), 0)
            .and_then(|base| base.rules(&Lists::default(), &[Field::Title], Match::Topic));
        Self {
            rules: rules.ok(),
            entities,
        }
    }

    /// The party of a compiled name, whose section is its place in the table.
    fn of(&self, section: Option<&str>) -> Option<&Entity> {
        self.entities.get(section?.parse::<usize>().ok()?)
    }
}

/// The parties that headline and lead of an item name.
pub fn parties(item: &Item) -> Parties {
    let mut words = BTreeSet::new();
    let mut tokens = Tokens::default();
    tokens.read(&item.title);
    let named = named(&tokens, &mut words);
    let acts = acts(&tokens, &named);
    let headline = each_once(named);
    tokens.read(plain::beginning(&item.lead, LEAD_LETTERS));
    Parties {
        headline,
        acts,
        lead: each_once(self::named(&tokens, &mut words)),
        words,
    }
}

/// A party, and the words that name it.
struct Named {
    from: usize,
    to: usize,
    actor: Actor,
}

fn each_once(named: Vec<Named>) -> Vec<Actor> {
    let mut actors: Vec<Actor> = Vec::with_capacity(named.len());
    for Named { actor, .. } in named {
        if !actors.contains(&actor) {
            actors.push(actor);
        }
    }
    actors
}

/// Whether the first party does to the next what the next does not do to it.
fn acts(tokens: &Tokens, named: &[Named]) -> bool {
    let mut parting = named.iter().filter(|named| named.actor.parts);
    let (Some(one), Some(other)) = (parting.next(), parting.next()) else {
        return false;
    };
    let mut between = (one.to..other.from).filter_map(|place| tokens.get(place));
    let does = between.any(|word| !JOINING.contains(&word.folded));
    let is_mutual = |word: Word<'_>| MUTUAL.iter().any(|stem| word.folded.starts_with(stem));
    one.actor != other.actor && does && !tokens.iter().any(is_mutual)
}

/// What only joins two parties, folded.
const JOINING: [&str; 14] = [
    "and", "with", "vs", "и", "с", "со", "та", "мен", "ва", "和", "与", "同", "跟", "及",
];

/// How words begin that say what two do with each other, folded. One of the
/// characters of 会见, 会谈, 会晤, 通话 is enough.
const MUTUAL: [&str; 21] = [
    "agree",
    "bilateral",
    "call",
    "confer",
    "discuss",
    "hold",
    "meet",
    "met",
    "phone",
    "sign",
    "speak",
    "talk",
    "встре",
    "обсуд",
    "перег",
    "подпис",
    "созвон",
    "провел",
    "会",
    "谈",
    "晤",
];

/// The parties that a text names, in the order of its words. Of names that
/// overlap the longest counts. Adds the `words` that name them.
fn named(tokens: &Tokens, words: &mut BTreeSet<String>) -> Vec<Named> {
    let Some(rules) = &PARTIES.rules else {
        return Vec::new();
    };
    let capitals = super::in_capitals(tokens);
    let mut names: Vec<(usize, usize, &Term)> = Vec::new();
    rules.find_context(tokens, 0..tokens.len(), |hit| {
        let word = tokens.get(hit.from);
        let other_letters = word.is_some_and(|word| {
            word.folded.len() <= SHORT && !capitals && word.cased != hit.term.text
        });
        if hit.to > hit.from + 1 || !other_letters {
            names.push((hit.from, hit.to, hit.term));
        }
    });
    // The longest first; of two in the same place the longer name, so that
    // `Nigeri*` and `Niger` do not depend on their order in the table.
    names.sort_by_key(|&(from, to, term)| {
        let letters = term.text.len();
        (std::cmp::Reverse((to - from, letters)), from, &term.text)
    });
    let mut taken: Vec<(usize, usize)> = Vec::new();
    let mut named = Vec::new();
    for (from, to, term) in names {
        if taken.iter().any(|&(a, b)| from < b && a < to) {
            continue;
        }
        taken.push((from, to));
        let name = (from..to).filter_map(|place| tokens.get(place));
        words.extend(name.map(|word| word.folded.to_owned()));
        if let Some(entity) = PARTIES.of(term.language.as_deref()) {
            let actor = Actor {
                key: entity.key.clone(),
                of: entity.of.clone(),
                parts: entity.veto,
            };
            named.push(Named { from, to, actor });
        }
    }
    named.sort_by_key(|named| named.from);
    named
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[track_caller]
    fn check(headline: &str, expected: &str) {
        let named = parties(&Item::new("1", headline)).headline;
        let keys: Vec<&str> = named.iter().map(|a| a.key.as_str()).collect();
        assert_eq!(keys.join(" "), expected, "{headline}");
    }

    #[test]
    fn the_table_that_comes_along_is_whole() {
        let read: Document = toml::from_str(include_str!("entities.toml")).unwrap();
        assert!(PARTIES.rules.is_some());
        assert_eq!(PARTIES.entities.len(), read.entity.len());
        assert!(read.entity.len() > 200);
        let keys: HashSet<&str> = read.entity.iter().map(|e| e.key.as_str()).collect();
        assert_eq!(keys.len(), read.entity.len(), "a key stands twice");
        for entity in &read.entity {
            let of = entity.of.as_deref();
            assert!(of.is_none_or(|of| keys.contains(of)), "{}", entity.key);
            // Each of its names is found, and as this party.
            for name in &entity.names {
                let found = parties(&Item::new("1", name.replace('*', ""))).headline;
                let found: Vec<&str> = found.iter().map(|a| a.key.as_str()).collect();
                assert_eq!(found, [entity.key.as_str()], "{name}");
            }
        }
    }

    #[test]
    fn parties_are_found_in_every_language() {
        check("Xi meets Tokayev in Astana", "xi tokayev KZ");
        check("Путин прибыл в Китай", "putin CN");
        check("习近平会见乌兹别克斯坦总统", "xi UZ");
        check("Встреча глав МИД Индии и Пакистана", "IN PK");
        check("Leaders of the bloc meet", "");
    }

    #[test]
    fn what_one_does_to_another_is_told_from_what_both_do() {
        for (headline, expected) in [
            ("Russia hands SCO presidency to China", true),
            ("Pakistan accuses India of blocking a declaration", true),
            ("Москва передала Пекину председательство в ШОС", true),
            ("巴基斯坦将上合组织主席国移交吉尔吉斯斯坦", true),
            ("Xi meets Putin in Beijing", false),
            ("Putin and Xi sign a declaration", false),
            ("Путин провёл переговоры с Токаевым", false),
            ("习近平会见托卡耶夫", false),
            ("China-Russia trade grows", false),
            ("Leaders meet in Astana", false),
        ] {
            let item = Item::new("1", headline);
            assert_eq!(parties(&item).acts, expected, "{headline}");
        }
    }

    #[test]
    fn the_longest_name_counts() {
        check("习近平会见白俄罗斯总统", "xi BY");
        check("习近平会见印度尼西亚总统", "xi ID");
        check("Freedom of navigation in the Indian Ocean", "oceans");
        check("Shanghai Cooperation Organisation grows", "SCO");
        check("Shanghai port reopens", "CN");
        check("Nigeria and Niger sign", "NG NE");
    }

    #[test]
    fn a_short_name_counts_only_as_it_is_written() {
        check("Xi opens the forum", "xi");
        check("XI форум регионов", "");
        check("XI MEETS PUTIN IN TIANJIN", "xi putin CN");
        check("Let us meet", "");
        check("US and UN envoys meet", "US UN");
    }
}
