//! All terms as one byte trie: a walk from a word finds every term that
//! begins with it, however many there are.

use crate::text::fold::Tokens;

/// Where a walk may go from a node, and what ends there.
#[derive(Clone, Copy, Debug, Default)]
struct Node {
    /// Its children: this many nodes from here, in the order of `labels`.
    children: u32,
    count: u32,
    /// What comes after a word that ends here; 0 is nothing.
    exact: u32,
    /// What comes after a word that only begins like this (`word*`).
    prefix: u32,
}

/// The end of a word of some terms.
#[derive(Clone, Debug, Default)]
struct Stop {
    /// The terms that end here, too.
    terms: Vec<u32>,
    /// Where the next words of the longer ones begin; 0 is nowhere.
    next: u32,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Trie {
    nodes: Vec<Node>,
    /// The byte that leads to each node.
    labels: Vec<u8>,
    stops: Vec<Stop>,
    gate: Gate,
}

/// Which beginnings of a word lead anywhere, as a bit for the hash of each:
/// nearly every word of a text is turned away here.
#[derive(Debug, Default)]
struct Gate {
    bits: Vec<u64>,
    /// What leaves a place in `bits` of a hash.
    shift: u32,
    /// Bytes of a beginning: the first four, or less if a `word*` is shorter.
    width: usize,
}

impl Gate {
    /// The gate for these first words.
    fn new(words: &[(String, bool)]) -> Self {
        let prefixes = words.iter().filter(|(_, prefix)| *prefix);
        let width = prefixes.map(|(word, _)| word.len()).fold(4, usize::min);
        let bits = (words.len() * BITS_A_WORD)
            .next_power_of_two()
            .clamp(64, BITS_AT_MOST);
        let mut gate = Self {
            bits: vec![0; bits / 64],
            shift: u32::BITS - bits.ilog2(),
            width,
        };
        for (word, _) in words {
            let (place, bit) = gate.place(word.as_bytes());
            if let Some(bits) = gate.bits.get_mut(place) {
                *bits |= 1 << bit;
            }
        }
        gate
    }

    fn opens(&self, word: &[u8]) -> bool {
        let (place, bit) = self.place(word);
        self.bits
            .get(place)
            .is_some_and(|bits| bits >> bit & 1 == 1)
    }

    fn place(&self, word: &[u8]) -> (usize, u32) {
        let key = word
            .iter()
            .take(self.width)
            .fold(0_u32, |key, byte| key << 8 | u32::from(*byte));
        // The golden ratio spreads neighbours.
        let bit = key.wrapping_mul(0x9E37_79B1) >> self.shift;
        (bit as usize / 64, bit % 64)
    }
}

/// Bits of the gate for each first word: few words of a text pass by chance.
const BITS_A_WORD: usize = 128;

/// The gate of a very long list: more than this would crowd out what else
/// is in the processor's cache.
const BITS_AT_MOST: usize = 1 << 17;

/// The trie while terms are added: children in no order.
#[derive(Debug)]
pub(super) struct Builder {
    nodes: Vec<Loose>,
    stops: Vec<Stop>,
    /// The first words.
    words: Vec<(String, bool)>,
}

#[derive(Debug, Default)]
struct Loose {
    edges: Vec<(u8, u32)>,
    exact: u32,
    prefix: u32,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            nodes: vec![Loose::default()],
            // The stop that is none.
            stops: vec![Stop::default()],
            words: Vec::new(),
        }
    }
}

impl Builder {
    /// Adds a term: its folded words, and whether each is a `word*`.
    pub(super) fn insert<'w>(&mut self, words: impl Iterator<Item = (&'w str, bool)>, term: u32) {
        let mut words = words.peekable();
        self.words.extend(
            words
                .peek()
                .map(|(word, prefix)| ((*word).to_owned(), *prefix)),
        );
        let mut root = 0;
        while let Some((word, prefix)) = words.next() {
            let end = word.bytes().fold(root, |at, byte| self.child(at, byte));
            let stop = self.stop(end, prefix);
            if words.peek().is_none() {
                if let Some(stop) = self.stops.get_mut(stop as usize) {
                    stop.terms.push(term);
                }
            } else {
                root = self.next(stop);
            }
        }
    }

    fn child(&mut self, at: u32, byte: u8) -> u32 {
        let new = index(self.nodes.len());
        let Some(node) = self.nodes.get_mut(at as usize) else {
            return 0;
        };
        if let Some((_, next)) = node.edges.iter().find(|(edge, _)| *edge == byte) {
            return *next;
        }
        node.edges.push((byte, new));
        self.nodes.push(Loose::default());
        new
    }

    fn stop(&mut self, at: u32, prefix: bool) -> u32 {
        let new = index(self.stops.len());
        let Some(node) = self.nodes.get_mut(at as usize) else {
            return 0;
        };
        let stop = if prefix {
            &mut node.prefix
        } else {
            &mut node.exact
        };
        if *stop == 0 {
            *stop = new;
            self.stops.push(Stop::default());
        }
        *stop
    }

    fn next(&mut self, stop: u32) -> u32 {
        let new = index(self.nodes.len());
        let Some(stop) = self.stops.get_mut(stop as usize) else {
            return 0;
        };
        if stop.next == 0 {
            stop.next = new;
            self.nodes.push(Loose::default());
        }
        stop.next
    }

    /// Lays the children of each node side by side.
    pub(super) fn finish(mut self) -> Trie {
        // Where each loose node goes: a walk from the roots, breadth first.
        let mut order: Vec<u32> = vec![0];
        order.extend(self.stops.iter().map(|stop| stop.next).filter(|n| *n != 0));
        let mut labels = vec![0; order.len()];
        let mut nodes = Vec::with_capacity(self.nodes.len());
        let mut place = vec![0; self.nodes.len()];
        let mut at = 0;
        while let Some(loose) = order.get(at).copied() {
            if let Some(place) = place.get_mut(loose as usize) {
                *place = index(at);
            }
            at += 1;
            let Some(loose) = self.nodes.get_mut(loose as usize) else {
                continue;
            };
            loose.edges.sort_unstable();
            nodes.push(Node {
                children: index(order.len()),
                count: index(loose.edges.len()),
                exact: loose.exact,
                prefix: loose.prefix,
            });
            labels.extend(loose.edges.iter().map(|(byte, _)| *byte));
            order.extend(loose.edges.iter().map(|(_, next)| *next));
        }
        for stop in &mut self.stops {
            stop.next = place.get(stop.next as usize).copied().unwrap_or(0);
        }
        Trie {
            nodes,
            labels,
            gate: Gate::new(&self.words),
            stops: self.stops,
        }
    }
}

fn index(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

impl Trie {
    /// Tells the terms that begin with the word at `from`: the term, and the
    /// place after its last word.
    pub(super) fn walk(&self, tokens: &Tokens, from: usize, found: &mut impl FnMut(u32, usize)) {
        if let Some(word) = tokens.bytes(from).filter(|word| self.gate.opens(word)) {
            self.word(tokens, from, 0, word, found);
        }
    }

    /// Goes on from a node with the rest of the word at `place`.
    fn word(
        &self,
        tokens: &Tokens,
        place: usize,
        mut at: u32,
        rest: &[u8],
        found: &mut impl FnMut(u32, usize),
    ) {
        let mut rest = rest.iter();
        while let Some(node) = self.nodes.get(at as usize) {
            if node.prefix != 0 {
                self.stop(tokens, place, node.prefix, found);
            }
            match rest.next() {
                None => {
                    if node.exact != 0 {
                        self.stop(tokens, place, node.exact, found);
                    }
                    return;
                }
                Some(byte) => match self.step(at, *byte) {
                    Some(next) => at = next,
                    None => return,
                },
            }
        }
    }

    /// The word at `place` is matched: tells what ends with it, and goes on
    /// to the next word for what does not.
    fn stop(&self, tokens: &Tokens, place: usize, stop: u32, found: &mut impl FnMut(u32, usize)) {
        let Some(stop) = self.stops.get(stop as usize) else {
            return;
        };
        stop.terms.iter().for_each(|term| found(*term, place + 1));
        if stop.next != 0
            && let Some(word) = tokens.bytes(place + 1)
        {
            self.word(tokens, place + 1, stop.next, word, found);
        }
    }

    fn step(&self, at: u32, byte: u8) -> Option<u32> {
        let node = self.nodes.get(at as usize)?;
        let from = node.children as usize;
        let labels = self.labels.get(from..from + node.count as usize)?;
        let place = labels.iter().position(|label| *label == byte)?;
        Some(node.children + u32::try_from(place).ok()?)
    }
}
