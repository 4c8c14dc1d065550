//! One published document, finished: its bytes in every coding, its tag and
//! its time.

use std::io::{Read as _, Write as _};

use hyper::body::Bytes;
use jiff::Timestamp;

use super::{Format, Site};

/// Beyond this strength packing costs more than readers gain.
const BROTLI_QUALITY: u32 = 5;

/// How far back brotli looks: 2^20 bytes hold the largest sheet.
const BROTLI_WINDOW: u32 = 20;

/// One published document.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// Where it is served.
    pub path: String,
    /// What it is.
    pub format: Format,
    /// The bytes.
    pub bytes: Bytes,
    /// The same, packed by gzip.
    pub gz: Bytes,
    /// The same, packed by brotli; an archive is kept in one packed form only,
    /// and to pack for one reader so well takes longer than it saves him.
    pub br: Option<Bytes>,
    /// A strong tag: a hash of the bytes (S-16).
    pub tag: String,
    /// When it last changed, in whole seconds; two that differ never share
    /// one (S-18).
    pub modified: Timestamp,
    /// The value of its `Link` field, if it has one (S-08).
    pub links: Option<String>,
    pub(super) made_of: [u8; 32],
}

/// What a client may hold of a sheet, and asks with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Its tag.
    pub tag: String,
    /// Its time.
    pub modified: Timestamp,
}

impl Sheet {
    /// Finishes a sheet that changed at `changed`, unless `last`, which was
    /// served in its place, says the same.
    pub(super) fn new(
        path: String,
        format: Format,
        bytes: Vec<u8>,
        links: Option<String>,
        made_of: [u8; 32],
        changed: Timestamp,
        last: Option<&Known>,
    ) -> Self {
        let tag = tag(&bytes);
        let changed = changed.as_second();
        let modified = match last {
            Some(last) if last.tag == tag => last.modified.as_second(),
            // Whoever holds the last one must not take it for this one.
            Some(last) => changed.max(last.modified.as_second() + 1),
            None => changed,
        };
        Self {
            path,
            format,
            gz: snug(gzip(&bytes)),
            br: (!format.is_fleeting()).then(|| snug(brotli(&bytes))),
            bytes: snug(bytes),
            tag,
            modified: Timestamp::from_second(modified).unwrap_or_default(),
            links,
            made_of,
        }
    }

    /// Where it is published.
    pub fn address(&self, site: &Site) -> String {
        format!("{}{}", site.url, self.path.trim_start_matches('/'))
    }

    /// What a client may hold of it.
    pub(super) fn known(&self) -> Known {
        Known {
            tag: self.tag.clone(),
            modified: self.modified,
        }
    }

    /// A sheet that was kept in its packed form; `None` if that is damaged.
    pub(super) fn kept(
        path: String,
        format: Format,
        gz: Vec<u8>,
        tag: String,
        modified: Timestamp,
        links: Option<String>,
    ) -> Option<Self> {
        let mut bytes = Vec::new();
        flate2::read::GzDecoder::new(&*gz)
            .read_to_end(&mut bytes)
            .ok()?;
        Some(Self {
            path,
            format,
            gz: snug(gz),
            br: None,
            bytes: snug(bytes),
            tag,
            modified,
            links,
            made_of: [0; 32],
        })
    }
}

/// These bytes for as long as an edition stands: a `Bytes` made of a vector
/// keeps the room that it has grown beyond them.
fn snug(bytes: Vec<u8>) -> Bytes {
    bytes.into_boxed_slice().into()
}

/// The tag of these bytes.
pub(super) fn tag(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().chars().take(32).collect()
}

/// The same bytes give the same packed bytes: no name and no time in them.
pub(super) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(6));
    // Writing to memory cannot fail; an empty result would be seen by tests.
    encoder
        .write_all(bytes)
        .and_then(|()| encoder.finish())
        .unwrap_or_default()
}

fn brotli(bytes: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    let mut encoder =
        brotli::CompressorWriter::new(&mut packed, 4096, BROTLI_QUALITY, BROTLI_WINDOW);
    // As above.
    let written = encoder.write_all(bytes);
    drop(encoder);
    written.map(|()| packed).unwrap_or_default()
}
