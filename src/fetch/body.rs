//! A body: counted on the wire, unpacked once, counted again (C-02, C-03).

use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use reqwest::Response;
use reqwest::header::{CONTENT_ENCODING, HeaderMap};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::model::{Failure, WebUrl};

/// Bytes on the wire at most (C-02).
const WIRE_AT_MOST: usize = 8 * 1024 * 1024;

/// Bytes unpacked at most (C-03).
const BODY_AT_MOST: usize = 8 * 1024 * 1024;

/// Once this much has come out, what comes out may be at most so many times
/// what went in (C-03).
const RATIO_FROM: usize = 1024 * 1024;
const RATIO_AT_MOST: usize = 100;

/// How a gzip file begins: its mark, and the only method there is (RFC 1952).
const GZIP: [u8; 3] = [0x1f, 0x8b, 8];

/// Unpacked in steps of this size, so that a bomb is seen early.
const STEP: usize = 64 * 1024;

/// A body that grows beyond this needs a place.
const SMALL: usize = 128 * 1024;

/// Large bodies at once: 64 small ones and three of 8 MiB are the 32 MiB that
/// bodies may take up (C-15).
const LARGE_AT_ONCE: usize = 3;

/// A body beyond this is work that stops a thread for long.
pub(super) const QUICK: usize = 64 * 1024;

/// The places of large bodies.
#[derive(Debug)]
pub(super) struct Places(Arc<Semaphore>);

impl Default for Places {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(LARGE_AT_ONCE)))
    }
}

/// The place that a large body takes up, until this is dropped.
#[derive(Debug, Default)]
pub struct Place(Option<OwnedSemaphorePermit>);

/// Receives a body, as it comes. One that becomes large waits for its place,
/// and its server with it.
pub(super) async fn receive(
    mut response: Response,
    silence: Duration,
    places: &Places,
) -> Result<(Vec<u8>, Place), Failure> {
    let mut wire = Vec::new();
    let mut place = Place::default();
    loop {
        let chunk = timeout(silence, response.chunk())
            .await
            .map_err(|_| Failure::Timeout("the body stopped coming"))?
            .map_err(|error| broken(&error))?;
        let Some(chunk) = chunk else { break };
        if wire.len() + chunk.len() > WIRE_AT_MOST {
            return Err(Failure::TooLarge("more than 8 MiB on the wire".to_owned()));
        }
        if wire.len() + chunk.len() > SMALL && place.0.is_none() {
            // The semaphore is never closed; without a place the body would
            // only be large.
            place.0 = Arc::clone(&places.0).acquire_owned().await.ok();
        }
        wire.extend_from_slice(&chunk);
    }
    Ok((wire, place))
}

fn broken(error: &reqwest::Error) -> Failure {
    let mut said = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        said = cause.to_string();
        source = cause.source();
    }
    Failure::Body(said)
}

/// How a body is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    Identity,
    Gzip,
    Deflate,
    Brotli,
}

/// One layer, of a kind that we asked for (H-22).
pub(super) fn coding(headers: &HeaderMap) -> Result<Coding, Failure> {
    let stated: Vec<String> = headers
        .get_all(CONTENT_ENCODING)
        .iter()
        .flat_map(|value| {
            let value = String::from_utf8_lossy(value.as_bytes()).to_ascii_lowercase();
            value
                .split(',')
                .map(|coding| coding.trim().to_owned())
                .collect::<Vec<_>>()
        })
        .filter(|coding| !coding.is_empty() && coding != "identity")
        .collect();
    match stated.as_slice() {
        [] => Ok(Coding::Identity),
        [one] => match one.as_str() {
            "gzip" | "x-gzip" => Ok(Coding::Gzip),
            "deflate" => Ok(Coding::Deflate),
            "br" => Ok(Coding::Brotli),
            _ => Err(Failure::Body(
                "packed in a way that we did not ask for".to_owned(),
            )),
        },
        _ => Err(Failure::Body("packed more than once".to_owned())),
    }
}

/// Unpacks a body that has come whole. At an address that ends in `.gz`, as
/// sitemaps have, what is still a gzip file then is unpacked, too, whatever
/// its type is called: within the same bounds, and once. Elsewhere nothing
/// says so, and it stays what it is (H-24).
pub(super) fn unpack(coding: Coding, url: &WebUrl, wire: Vec<u8>) -> Result<Vec<u8>, Failure> {
    let sent = wire.len();
    let body = decoded(coding, wire)?;
    let kind = Path::new(url.as_url().path()).extension();
    let is_file = kind.is_some_and(|kind| kind.eq_ignore_ascii_case("gz"));
    if is_file && body.starts_with(&GZIP) {
        return bounded(MultiGzDecoder::new(body.as_slice()), sent);
    }
    Ok(body)
}

fn decoded(coding: Coding, wire: Vec<u8>) -> Result<Vec<u8>, Failure> {
    // Some servers say gzip and send plain text (H-24).
    let plain = wire.first().is_some_and(|byte| matches!(byte, b'<' | b'{'));
    let packed = wire.as_slice();
    match coding {
        Coding::Gzip if !plain => bounded(MultiGzDecoder::new(packed), packed.len()),
        Coding::Brotli if !plain => bounded(brotli::Decompressor::new(packed, STEP), packed.len()),
        Coding::Deflate if !plain => match packed {
            // RFC 1950's check bits; without them it is raw, as some send it.
            [a, b, ..] if a & 0x0f == 8 && (u16::from(*a) << 8 | u16::from(*b)) % 31 == 0 => {
                bounded(ZlibDecoder::new(packed), packed.len())
            }
            _ => bounded(DeflateDecoder::new(packed), packed.len()),
        },
        _ => Ok(wire),
    }
}

fn bounded(mut from: impl Read, packed: usize) -> Result<Vec<u8>, Failure> {
    let mut body = Vec::new();
    loop {
        let step = STEP as u64;
        let before = body.len();
        from.by_ref()
            .take(step)
            .read_to_end(&mut body)
            .map_err(|error| Failure::Body(format!("it does not unpack: {error}")))?;
        if body.len() == before {
            return Ok(body);
        }
        if body.len() > BODY_AT_MOST {
            return Err(Failure::TooLarge("more than 8 MiB unpacked".to_owned()));
        }
        if body.len() > RATIO_FROM && body.len() / RATIO_AT_MOST > packed {
            return Err(Failure::TooLarge(
                "it unpacks to more than 100 times its size".to_owned(),
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
    use std::io::Write;

    /// Unpacks what came from an address that tells nothing.
    fn unpack(coding: Coding, wire: Vec<u8>) -> Result<Vec<u8>, Failure> {
        let url = WebUrl::parse("https://volga.example/feed").unwrap();
        super::unpack(coding, &url, wire)
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn every_coding_that_we_ask_for_unpacks() {
        let text = b"<rss/>".repeat(100);
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::fast());
        zlib.write_all(&text).unwrap();
        let mut raw = DeflateEncoder::new(Vec::new(), Compression::fast());
        raw.write_all(&text).unwrap();
        let mut br = brotli::CompressorWriter::new(Vec::new(), 4096, 5, 20);
        br.write_all(&text).unwrap();
        for (coding, packed) in [
            (Coding::Gzip, gzip(&text)),
            (Coding::Deflate, zlib.finish().unwrap()),
            (Coding::Deflate, raw.finish().unwrap()),
            (Coding::Brotli, br.into_inner()),
            (Coding::Identity, text.clone()),
            (Coding::Gzip, text.clone()),
        ] {
            assert_eq!(unpack(coding, packed).unwrap(), text, "{coding:?}");
        }
    }

    #[test]
    fn members_are_joined_and_a_cut_is_an_error() {
        let two = [gzip(b"<a>"), gzip(b"</a>")].concat();
        assert_eq!(unpack(Coding::Gzip, two).unwrap(), b"<a></a>");
        let mut cut = gzip(&b"words ".repeat(1000));
        cut.truncate(cut.len() - 6);
        assert_eq!(unpack(Coding::Gzip, cut).unwrap_err().kind(), "body");
        let mut wrong = gzip(b"words");
        let crc = wrong.len() - 8;
        wrong[crc] ^= 1;
        assert_eq!(unpack(Coding::Gzip, wrong).unwrap_err().kind(), "body");
    }

    #[test]
    fn a_bomb_is_cut_short() {
        let bomb = gzip(&vec![0; 64 * 1024 * 1024]);
        assert_eq!(unpack(Coding::Gzip, bomb).unwrap_err().kind(), "too_large");
    }

    #[test]
    fn a_file_is_unpacked_below_its_coding_and_once() {
        let url = WebUrl::parse("https://volga.example/news.xml.gz?v=2").unwrap();
        let file = gzip(b"<urlset/>");
        for (coding, wire, expected) in [
            (Coding::Identity, file.clone(), b"<urlset/>".to_vec()),
            (Coding::Gzip, file.clone(), b"<urlset/>".to_vec()),
            (Coding::Gzip, gzip(&file), b"<urlset/>".to_vec()),
            (Coding::Identity, gzip(&file), file.clone()),
            (
                Coding::Identity,
                b"<urlset/>".to_vec(),
                b"<urlset/>".to_vec(),
            ),
        ] {
            assert_eq!(super::unpack(coding, &url, wire).unwrap(), expected);
        }
        assert_eq!(unpack(Coding::Identity, file.clone()).unwrap(), file);
        let bomb = gzip(&vec![0; 64 * 1024 * 1024]);
        for wire in [gzip(&bomb), bomb] {
            let failure = super::unpack(Coding::Gzip, &url, wire).unwrap_err();
            assert_eq!(failure.kind(), "too_large");
        }
    }

    #[test]
    fn one_layer_is_enough() {
        let mut headers = HeaderMap::new();
        headers.append(CONTENT_ENCODING, "gzip, gzip".parse().unwrap());
        assert!(coding(&headers).is_err());
        headers.insert(CONTENT_ENCODING, "zstd".parse().unwrap());
        assert!(coding(&headers).is_err());
        headers.insert(CONTENT_ENCODING, "GZIP".parse().unwrap());
        assert_eq!(coding(&headers).unwrap(), Coding::Gzip);
    }
}
