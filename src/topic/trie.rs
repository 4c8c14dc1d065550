//! The first words of all terms as a byte trie: one walk over a word finds
//! every term that may begin with it, however many there are.

/// Where a walk may go from a node, and what ends there.
#[derive(Debug, Default)]
struct Node {
    /// Next bytes and their nodes, sorted once the trie is finished.
    edges: Vec<(u8, u32)>,
    /// Terms whose first word ends here.
    exact: Vec<u32>,
    /// Terms whose first word begins like this (`word*`).
    prefix: Vec<u32>,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Trie {
    nodes: Vec<Node>,
    /// The node of each two first bytes; 0 means none. Nearly every word of
    /// a text ends its walk here.
    gate: Vec<u32>,
}

/// Two bytes as a place in the gate.
fn pair(a: u8, b: u8) -> usize {
    usize::from(a) << 8 | usize::from(b)
}

impl Trie {
    /// Adds a first word.
    pub(super) fn insert(&mut self, word: &str, prefix: bool, term: usize) {
        if self.nodes.is_empty() {
            self.nodes.push(Node::default());
        }
        let (Ok(term), mut at) = (u32::try_from(term), 0_usize) else {
            return;
        };
        for byte in word.bytes() {
            at = self.child(at, byte);
        }
        if let Some(node) = self.nodes.get_mut(at) {
            let list = if prefix {
                &mut node.prefix
            } else {
                &mut node.exact
            };
            list.push(term);
        }
    }

    fn child(&mut self, at: usize, byte: u8) -> usize {
        if let Some(next) = self.step(at, byte) {
            return next;
        }
        let next = self.nodes.len();
        self.nodes.push(Node::default());
        if let (Some(node), Ok(next)) = (self.nodes.get_mut(at), u32::try_from(next)) {
            node.edges.push((byte, next));
        }
        next
    }

    fn step(&self, at: usize, byte: u8) -> Option<usize> {
        let edges = &self.nodes.get(at)?.edges;
        edges
            .iter()
            .find(|(edge, _)| *edge == byte)
            .map(|(_, next)| *next as usize)
    }

    /// To be called once, after the last word.
    pub(super) fn finish(&mut self) {
        self.gate = vec![0; 1 << 16];
        for a in 0..=u8::MAX {
            let Some(first) = self.step(0, a) else {
                continue;
            };
            for b in 0..=u8::MAX {
                let second = self.step(first, b).and_then(|at| u32::try_from(at).ok());
                if let (Some(at), Some(slot)) = (second, self.gate.get_mut(pair(a, b))) {
                    *slot = at;
                }
            }
        }
    }

    /// Tells the terms that may begin with `word`.
    pub(super) fn walk(&self, word: &str, mut found: impl FnMut(usize)) {
        let bytes = word.as_bytes();
        let (mut at, rest) = match bytes {
            [a, b, rest @ ..] => {
                // A one-byte term is looked for on the way.
                if let Some(node) = self.step(0, *a).and_then(|at| self.nodes.get(at)) {
                    node.prefix.iter().for_each(|term| found(*term as usize));
                }
                match self.gate.get(pair(*a, *b)) {
                    Some(0) | None => return,
                    Some(at) => (*at as usize, rest),
                }
            }
            [a] => match self.step(0, *a) {
                Some(at) => (at, &[][..]),
                None => return,
            },
            [] => return,
        };
        let mut rest = rest.iter();
        loop {
            let Some(node) = self.nodes.get(at) else {
                return;
            };
            node.prefix.iter().for_each(|term| found(*term as usize));
            match rest.next() {
                None => {
                    node.exact.iter().for_each(|term| found(*term as usize));
                    return;
                }
                Some(byte) => match self.step(at, *byte) {
                    Some(next) => at = next,
                    None => return,
                },
            }
        }
    }
}
