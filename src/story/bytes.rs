//! The stored form of a print.

use std::sync::Arc;

use super::print::Print;
use super::vector::{Feature, Vector};
use super::veto::Mark;
use crate::model::Actor;

/// The form of the stored bytes. A print of another form is no print.
const FORM: u8 = 3;

/// The form before: with the language of Latin headlines by itself, and
/// without their beginnings.
const HEADLESS: u8 = 2;

/// The form before that: without names.
const NAMELESS: u8 = 1;

impl Print {
    /// The bytes that are stored.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![FORM];
        for vector in [&self.title, &self.lead] {
            bytes.push(size(vector.len()));
            for feature in vector.iter() {
                bytes.extend(feature.hash.to_le_bytes());
                bytes.extend(feature.weight.to_le_bytes());
            }
        }
        bytes.push(size(self.names.len()));
        for name in &self.names {
            bytes.extend(name.to_le_bytes());
        }
        let text = self.text.is_some();
        let head = self.head.is_some();
        let flags = [
            text,
            self.led,
            self.short,
            self.cut,
            self.passed_on,
            head,
            self.acts,
        ];
        bytes.push(
            flags
                .iter()
                .rev()
                .fold(0, |all, flag| all << 1 | u8::from(*flag)),
        );
        bytes.extend(self.text.unwrap_or_default());
        bytes.push(size(self.marks.len()));
        for mark in &self.marks {
            bytes.extend(mark.to_bytes());
        }
        bytes.push(size(self.actors.len()));
        for actor in &self.actors {
            bytes.push(u8::from(actor.parts));
            put(&mut bytes, &actor.key);
            put(&mut bytes, actor.of.as_deref().unwrap_or_default());
        }
        put(&mut bytes, &self.outlet);
        put(&mut bytes, &self.tongue);
        bytes.extend(self.head.iter().flatten());
        bytes
    }

    /// The print of stored bytes; `None` if they are none of this form.
    pub fn from_bytes(bytes: &[u8]) -> Option<Arc<Self>> {
        let Stored {
            title,
            lead,
            names,
            mut rest,
        } = Stored::read(bytes)?;
        let flags = take_byte(&mut rest)?;
        let flag = |place: u8| flags >> place & 1 == 1;
        let text: [u8; 16] = take(&mut rest, 16)?.try_into().ok()?;
        let marks = (0..take_byte(&mut rest)?)
            .map(|_| Mark::from_bytes(take(&mut rest, Mark::SIZE)?))
            .collect::<Option<_>>()?;
        let actors = (0..take_byte(&mut rest)?)
            .map(|_| {
                let parts = take_byte(&mut rest)? == 1;
                let key = take_text(&mut rest)?.to_owned();
                let of = Some(take_text(&mut rest)?.to_owned()).filter(|of| !of.is_empty());
                Some(Actor { key, of, parts })
            })
            .collect::<Option<_>>()?;
        let outlet = take_text(&mut rest)?.into();
        let mut tongue = take_text(&mut rest)?;
        if *bytes.first()? == HEADLESS {
            tongue = take_text(&mut rest)?;
        }
        let head = if flag(5) {
            Some(take(&mut rest, 8)?.try_into().ok()?)
        } else {
            None
        };
        let vector =
            |bytes: &[u8]| Vector::restore(bytes.chunks_exact(Stored::FEATURE).map(feature));
        Some(Arc::new(Self {
            title: vector(title),
            lead: vector(lead),
            text: flag(0).then_some(text),
            led: flag(1),
            short: flag(2),
            cut: flag(3),
            passed_on: flag(4),
            acts: flag(6),
            marks,
            actors,
            outlet,
            tongue: tongue.into(),
            head,
            names: self::names(names).collect(),
        }))
    }
}

/// The bytes of a print, of which only the vectors have been found.
pub(super) struct Stored<'b> {
    title: &'b [u8],
    lead: &'b [u8],
    names: &'b [u8],
    rest: &'b [u8],
}

impl<'b> Stored<'b> {
    /// A hash of four bytes and a weight of two.
    const FEATURE: usize = 6;

    /// A hash.
    const NAME: usize = 4;

    pub(super) fn read(mut bytes: &'b [u8]) -> Option<Self> {
        let form = take_byte(&mut bytes)?;
        if !matches!(form, FORM | HEADLESS | NAMELESS) {
            return None;
        }
        let mut list = |size: usize| {
            let len = usize::from(take_byte(&mut bytes)?);
            take(&mut bytes, len * size)
        };
        Some(Self {
            title: list(Self::FEATURE)?,
            lead: list(Self::FEATURE)?,
            names: if form == NAMELESS {
                &[]
            } else {
                list(Self::NAME)?
            },
            rest: bytes,
        })
    }

    /// What the item names, each once.
    pub(super) fn names(&self) -> impl Iterator<Item = u32> + 'b {
        names(self.names)
    }

    /// The features, each once.
    pub(super) fn features(&self) -> impl Iterator<Item = u32> + 'b {
        let hashes = |bytes: &'b [u8]| bytes.chunks_exact(Self::FEATURE).map(|f| feature(f).hash);
        let mut title = hashes(self.title).peekable();
        let lead = hashes(self.lead).filter(move |hash| {
            while title.next_if(|title| title < hash).is_some() {}
            title.peek() != Some(hash)
        });
        hashes(self.title).chain(lead)
    }
}

fn names(bytes: &[u8]) -> impl Iterator<Item = u32> {
    let name = |bytes: &[u8]| u32::from_le_bytes(bytes.try_into().unwrap_or_default());
    bytes.chunks_exact(Stored::NAME).map(name)
}

fn feature(bytes: &[u8]) -> Feature {
    let [a, b, c, d, low, high] = bytes.try_into().unwrap_or_default();
    Feature {
        hash: u32::from_le_bytes([a, b, c, d]),
        weight: u16::from_le_bytes([low, high]),
    }
}

fn size(len: usize) -> u8 {
    u8::try_from(len).unwrap_or(u8::MAX)
}

/// Appends a text of at most 255 bytes.
fn put(bytes: &mut Vec<u8>, text: &str) {
    let text = text
        .get(..text.floor_char_boundary(u8::MAX.into()))
        .unwrap_or_default();
    bytes.push(size(text.len()));
    bytes.extend(text.as_bytes());
}

fn take<'b>(bytes: &mut &'b [u8], len: usize) -> Option<&'b [u8]> {
    let (taken, rest) = bytes.split_at_checked(len)?;
    *bytes = rest;
    Some(taken)
}

fn take_byte(bytes: &mut &[u8]) -> Option<u8> {
    take(bytes, 1)?.first().copied()
}

fn take_text<'b>(bytes: &mut &'b [u8]) -> Option<&'b str> {
    let len = take_byte(bytes)?.into();
    std::str::from_utf8(take(bytes, len)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Item, Parties, SourceKey, WebUrl};
    use crate::story::{Layers, Newcomer, Teller, Usage};

    fn print(title: &str, lead: &str) -> Print {
        let mut item = Item::new("1", title);
        item.lead = lead.into();
        item.link = WebUrl::parse("https://steppe.example/1");
        let source = SourceKey::new("steppe").unwrap();
        let teller = Teller::new(source, "Steppe Monitor", Layers::All);
        let actor = |key: &str, of: Option<&str>| Actor {
            key: key.into(),
            of: of.map(str::to_owned),
            parts: of.is_some(),
        };
        let newcomer = Newcomer {
            item: &item,
            parties: &Parties {
                headline: vec![actor("UN", None), actor("xi", Some("CN"))],
                lead: vec![actor("KG", None)],
                ..Parties::default()
            },
        };
        Print::of(newcomer, &teller, &Usage::default())
    }

    const LEAD: &str = "The leaders of ten countries opened a bank in Bishkek today, \
                        and agreed on a common payment system for the region.";

    #[test]
    fn what_is_stored_is_read_again() {
        for print in [
            print("Xi opens bank of 10 in Bishkek on Monday", LEAD),
            print("上合组织峰会在比什凯克开幕", ""),
            print("A headline that is cut off right he…", ""),
            print("!", ""),
        ] {
            let bytes = print.to_bytes();
            assert_eq!(*Print::from_bytes(&bytes).unwrap(), print);
            let mut stored: Vec<u32> = Stored::read(&bytes).unwrap().features().collect();
            let mut own: Vec<u32> = print.features().collect();
            stored.sort_unstable();
            own.sort_unstable();
            let names: Vec<u32> = Stored::read(&bytes).unwrap().names().collect();
            assert_eq!(*names, *print.names);
            assert_eq!(stored, own);
        }
    }

    #[test]
    fn prints_of_the_forms_before_are_read_as_far_as_they_go() {
        let print = print("Xi opens a common bank of 10 in Bishkek on Monday", LEAD);
        let mut bytes = print.to_bytes();
        let names = 1 + 2 + (print.title.len() + print.lead.len()) * Stored::FEATURE;
        let flags = names + 1 + print.names.len() * Stored::NAME;
        bytes[flags] &= !(1 << 5);
        bytes.truncate(bytes.len() - print.head.unwrap().len());

        let mut headless = bytes.clone();
        headless[0] = HEADLESS;
        // The language of a headline in other than Latin letters stood there
        // as nothing.
        headless.insert(bytes.len() - print.tongue.len() - 1, 0);
        let expected = Print {
            head: None,
            ..print
        };
        assert_eq!(*Print::from_bytes(&headless).unwrap(), expected);

        let mut nameless = bytes;
        nameless[0] = NAMELESS;
        nameless.drain(names..flags);
        let expected = Print {
            names: Box::default(),
            ..expected
        };
        assert_eq!(*Print::from_bytes(&nameless).unwrap(), expected);
    }

    #[test]
    fn bytes_of_no_print_are_none() {
        let bytes = print("Xi opens bank in Bishkek", LEAD).to_bytes();
        for end in 0..bytes.len() {
            assert!(Print::from_bytes(&bytes[..end]).is_none());
        }
        assert!(Print::from_bytes(&[FORM + 1, 0, 0]).is_none());
    }

    #[test]
    fn a_print_is_small() {
        let lead = format!(
            "{LEAD} Experts say that trade among members grew by a third \
            last year; ministers will meet again in Tashkent before winter to sign \
            contracts about railways, gas and grain for another decade of work."
        );
        let size = print("Xi opens bank of 10 in Bishkek on Monday", &lead)
            .to_bytes()
            .len();
        assert!(size < 480, "{size}");
    }
}
