//! Exits that keep what passes, and give it back: an exchange that went wrong
//! at one place can be looked at in another.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use reqwest::header::{
    CONTENT_ENCODING, CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue, SET_COOKIE,
    TRANSFER_ENCODING,
};
use serde::{Deserialize, Serialize};

use super::body::{self, Place};
use super::{Answering, Exit, Incoming, Outgoing};
use crate::model::{Failure, WebUrl};

/// What stands where a secret was.
const HIDDEN: &str = "[hidden]";

/// A shorter text is no secret, and may stand anywhere.
const SECRET_AT_LEAST: usize = 4;

/// Fields of a head, in their order.
type Fields = Vec<(String, String)>;

/// One request and what came of it, without secrets.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Exchange {
    /// What was asked for.
    pub url: WebUrl,
    request: Fields,
    #[serde(flatten)]
    came: Came,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Came {
    Answer(Answer),
    /// None; in words.
    Failed(String),
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Answer {
    status: u16,
    fields: Fields,
    #[serde(flatten)]
    body: Body,
}

/// A body, unpacked where that can be done.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Body {
    Text(String),
    Base64(String),
}

impl Body {
    fn of(bytes: Vec<u8>) -> Self {
        match String::from_utf8(bytes) {
            Ok(text) => Self::Text(text),
            Err(error) => Self::Base64(BASE64_STANDARD.encode(error.as_bytes())),
        }
    }

    fn bytes(&self) -> Result<Vec<u8>, Failure> {
        match self {
            Self::Text(text) => Ok(text.clone().into_bytes()),
            Self::Base64(text) => BASE64_STANDARD
                .decode(text)
                .map_err(|error| Failure::Body(error.to_string())),
        }
    }
}

impl Exchange {
    /// Whether no answer came.
    pub fn failed(&self) -> bool {
        matches!(self.came, Came::Failed(_))
    }

    fn hide(&mut self, secrets: &[String]) {
        let hide = |text: &mut String| {
            for secret in secrets {
                if text.contains(secret) {
                    *text = text.replace(secret, HIDDEN);
                }
            }
        };
        self.request.iter_mut().for_each(|(_, value)| hide(value));
        match &mut self.came {
            Came::Failed(said) => hide(said),
            Came::Answer(answer) => {
                answer.fields.iter_mut().for_each(|(_, value)| hide(value));
                match &mut answer.body {
                    Body::Text(text) => hide(text),
                    Body::Base64(_) => {}
                }
            }
        }
    }
}

impl fmt::Display for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.url)?;
        match &self.came {
            Came::Failed(said) => f.write_str(said),
            Came::Answer(answer) => write!(f, "HTTP {}", answer.status),
        }
    }
}

/// An exit that keeps what passes through another.
#[derive(Debug)]
pub struct Recorder {
    exit: Arc<dyn Exit>,
    kept: Mutex<(Vec<Exchange>, Vec<String>)>,
}

impl Recorder {
    /// Keeps what passes through `exit`.
    pub fn new(exit: Arc<dyn Exit>) -> Self {
        Self {
            exit,
            kept: Mutex::default(),
        }
    }

    /// What has passed, in its order. A secret is nowhere in it: neither where
    /// it was told, nor where the other side repeats it.
    pub fn exchanges(&self) -> Vec<Exchange> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut exchanges, secrets) = kept.clone();
        for exchange in &mut exchanges {
            exchange.hide(&secrets);
        }
        exchanges
    }
}

impl Exit for Recorder {
    fn send<'a>(&'a self, request: Outgoing<'a>) -> Answering<'a> {
        Box::pin(async move {
            let url = request.url.clone();
            let told = fields(&request.headers);
            let secrets = request.headers.values().flat_map(secrets);
            let secrets: Vec<String> = secrets.collect();
            let came = self.exit.send(request).await;
            let exchange = Exchange {
                request: told,
                came: match &came {
                    Ok(answer) => Came::Answer(kept(&url, answer)),
                    Err(failure) => Came::Failed(failure.to_string()),
                },
                url,
            };
            let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            kept.0.push(exchange);
            kept.1.extend(secrets);
            came
        })
    }
}

/// What is secret in a field: all of it, what stands behind the scheme, and
/// the user and the password in that.
fn secrets(value: &HeaderValue) -> Vec<String> {
    if !value.is_sensitive() {
        return Vec::new();
    }
    let whole = String::from_utf8_lossy(value.as_bytes()).into_owned();
    let told = whole.split_once(' ').map(|(_, told)| told.to_owned());
    let decoded = told
        .as_ref()
        .and_then(|told| String::from_utf8(BASE64_STANDARD.decode(told).ok()?).ok());
    let password = decoded
        .as_ref()
        .and_then(|decoded| Some(decoded.split_once(':')?.1.to_owned()));
    let mut all: Vec<String> = [Some(whole), told, decoded, password]
        .into_iter()
        .flatten()
        .filter(|secret| secret.len() >= SECRET_AT_LEAST)
        .collect();
    all.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    all
}

fn fields(headers: &HeaderMap) -> Fields {
    let shown = |(name, value): (&HeaderName, &HeaderValue)| {
        let value = if value.is_sensitive() || name == SET_COOKIE {
            HIDDEN.to_owned()
        } else {
            String::from_utf8_lossy(value.as_bytes()).into_owned()
        };
        (name.as_str().to_owned(), value)
    };
    headers.iter().map(shown).collect()
}

fn kept(url: &WebUrl, answer: &Incoming) -> Answer {
    let mut headers = answer.headers.clone();
    let unpack = |coding| body::unpack(coding, url, answer.body.clone());
    let plain = body::coding(&headers).and_then(unpack);
    let body = match plain {
        Ok(plain) => {
            for field in [CONTENT_ENCODING, CONTENT_LENGTH, TRANSFER_ENCODING] {
                headers.remove(field);
            }
            plain
        }
        // What cannot be unpacked is kept as it came: that is the trouble.
        Err(_) => answer.body.clone(),
    };
    Answer {
        status: answer.status,
        fields: fields(&headers),
        body: Body::of(body),
    }
}

/// An exit that gives back what was recorded, and asks nobody.
#[derive(Debug)]
pub struct Replay(Mutex<Vec<Exchange>>);

impl Replay {
    /// Gives each of these back once, in their order.
    pub fn new(exchanges: Vec<Exchange>) -> Self {
        Self(Mutex::new(exchanges))
    }

    fn answer(&self, url: &WebUrl) -> Result<Incoming, Failure> {
        let mut left = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(at) = left.iter().position(|exchange| exchange.url == *url) else {
            return Err(Failure::Connect(format!("{url} was not recorded")));
        };
        match left.remove(at).came {
            Came::Failed(said) => Err(Failure::Connect(said)),
            Came::Answer(Answer {
                status,
                fields,
                body,
            }) => Ok(Incoming {
                status,
                headers: fields.iter().filter_map(field).collect(),
                body: body.bytes()?,
                place: Place::default(),
            }),
        }
    }
}

fn field((name, value): &(String, String)) -> Option<(HeaderName, HeaderValue)> {
    let name = HeaderName::try_from(name).ok()?;
    let value = HeaderValue::from_bytes(value.as_bytes()).ok()?;
    Some((name, value))
}

impl Exit for Replay {
    fn send<'a>(&'a self, request: Outgoing<'a>) -> Answering<'a> {
        Box::pin(async move { self.answer(request.url) })
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    #[derive(Debug)]
    struct Says(&'static str, Vec<u8>);

    impl Exit for Says {
        fn send<'a>(&'a self, _: Outgoing<'a>) -> Answering<'a> {
            Box::pin(async move {
                let mut headers = HeaderMap::new();
                headers.insert(CONTENT_ENCODING, HeaderValue::from_static(self.0));
                headers.insert(SET_COOKIE, HeaderValue::from_static("session=abcd"));
                Ok(Incoming {
                    status: 200,
                    headers,
                    body: self.1.clone(),
                    place: Place::default(),
                })
            })
        }
    }

    /// What is kept of an answer, over JSON, and what is given back.
    async fn passed(coding: &'static str, body: &[u8]) -> (String, Incoming) {
        let recorder = Recorder::new(Arc::new(Says(coding, body.to_owned())));
        let url = WebUrl::parse("https://a.example/").unwrap();
        let request = || Outgoing {
            url: &url,
            headers: HeaderMap::new(),
            open: None,
            post: None,
            proxy: None,
        };
        recorder.send(request()).await.unwrap();
        let json = serde_json::to_string(&recorder.exchanges()).unwrap();
        let replay = Replay::new(serde_json::from_str(&json).unwrap());
        let answer = replay.send(request()).await.unwrap();
        assert!(replay.send(request()).await.is_err(), "it is given once");
        (json, answer)
    }

    #[tokio::test]
    async fn a_body_is_kept_as_text_where_it_can_be_read() {
        let mut packed = GzEncoder::new(Vec::new(), Compression::default());
        packed.write_all("<rss>Новости</rss>".as_bytes()).unwrap();
        let mut packed = packed.finish().unwrap();
        let (json, answer) = passed("gzip", &packed).await;
        assert!(json.contains("Новости"), "{json}");
        assert!(!json.contains("abcd"), "{json}");
        assert_eq!(answer.body, "<rss>Новости</rss>".as_bytes());
        assert!(!answer.headers.contains_key(CONTENT_ENCODING));

        // What is broken stays so, byte for byte.
        packed.truncate(20);
        let (_, answer) = passed("gzip", &packed).await;
        assert_eq!(answer.body, packed);
        assert_eq!(answer.headers[CONTENT_ENCODING], "gzip");
        let (_, answer) = passed("identity", b"<rss>\xff</rss>").await;
        assert_eq!(answer.body, b"<rss>\xff</rss>");
    }
}
