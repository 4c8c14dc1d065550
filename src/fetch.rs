//! The one exit for every request that the program makes (H-A1): polite,
//! bounded, guarded.
//!
//! Validators go out as they came in, redirects are followed by our own
//! rules, every address is checked where it is connected to, and a body is
//! counted before and after it is unpacked.

mod body;
mod exit;
mod gate;
mod guard;
mod head;
mod record;
mod robots;
mod secret;

pub use body::Place;
pub use exit::{Answering, Exit, Incoming, Outgoing, Wire};
pub use guard::{Finding, Lookup, System};
pub use record::{Exchange, Recorder, Replay};
pub use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
pub use secret::Secret;

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, CONTENT_TYPE, IF_MODIFIED_SINCE, IF_NONE_MATCH, LOCATION, USER_AGENT,
};
use tokio::time::{Instant, timeout};

use crate::model::{Failure, Fetched, Head, Manners, Robots, Validators, WebUrl};
use gate::Gate;
use guard::Guard;

/// What we can unpack; the same in every request, because some servers make
/// their `ETag` of it (F-27).
const CODINGS: HeaderValue = HeaderValue::from_static("gzip, br, deflate");

/// Feed types first (F-28).
const ACCEPT_FEED: HeaderValue = HeaderValue::from_static(
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml, \
     application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.1",
);
const ACCEPT_PAGE: HeaderValue =
    HeaderValue::from_static("text/html, application/xhtml+xml;q=0.9, */*;q=0.1");

const FORM: HeaderValue = HeaderValue::from_static("application/x-www-form-urlencoded");

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// What is sent along with a request.
#[derive(Clone, Debug)]
pub enum Post {
    /// A form, encoded.
    Form(String),
    /// JSON.
    Json(String),
}

/// How long and how large anything may be.
#[derive(Clone, Copy, Debug)]
struct Limits {
    /// From the first byte sent to the last received (C-04).
    whole: Duration,
    /// Name, connection and TLS (C-05).
    connect: Duration,
    /// Until the head of the answer (C-05).
    first_byte: Duration,
    /// Between two parts of the body (C-05).
    silence: Duration,
    /// Redirects in one fetch (C-06).
    hops: usize,
    /// Fields of a head (C-07).
    fields: usize,
    /// Bytes of a head (C-07).
    head: u32,
}

const LIMITS: Limits = Limits {
    whole: Duration::from_secs(30),
    connect: Duration::from_secs(10),
    first_byte: Duration::from_secs(15),
    silence: Duration::from_secs(10),
    hops: 5,
    fields: 128,
    head: 64 * 1024,
};

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The agent's name is no legal field value.
    #[error("the contact cannot stand in a request: {0:?}")]
    Agent(String),
    /// The HTTP client's words.
    #[error("the HTTP client cannot be built: {0}")]
    Client(#[from] reqwest::Error),
}

/// What a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accept {
    /// A feed.
    Feed,
    /// A list page.
    Page,
}

/// One document to be fetched.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    /// Its address.
    pub url: &'a WebUrl,
    /// The address in `feeds.toml`: its port and its private host are open,
    /// whatever other addresses lead here.
    pub configured: &'a WebUrl,
    /// What the last good document left.
    pub validators: &'a Validators,
    /// What it is for.
    pub accept: Accept,
    /// Whether exactly the configured host may be at a private address
    /// (H-A6).
    pub allow_private: bool,
    /// What the configured address is told, and no other.
    pub secret: Option<&'a Secret>,
    /// The proxy that carries it, if the admin named one (H-A7).
    pub proxy: Option<&'a WebUrl>,
    /// Where we publish ourselves: nobody reads his own feed (H-11).
    pub ours: Option<&'a WebUrl>,
    /// What to heed on the way.
    pub manners: &'a Manners,
}

/// What was fetched.
#[derive(Debug)]
pub struct Brought {
    /// The document, or why there is none.
    pub fetched: Result<Fetched, Failure>,
    /// What `robots.txt` said, of the hosts where it had to be asked.
    pub robots: Vec<Robots>,
    /// The place that a large document takes up: others wait until it is
    /// dropped (C-15).
    pub place: Place,
}

/// The client. Share it; it keeps connections and the hosts' turns.
#[derive(Debug)]
pub struct Fetch {
    agent: HeaderValue,
    exit: Arc<dyn Exit>,
    gate: Arc<Gate>,
}

/// The name under which we ask: program, version, and whom to write to
/// (F-26).
pub fn agent(contact: Option<&str>) -> String {
    let name = concat!("scofeed/", env!("CARGO_PKG_VERSION"));
    match contact {
        Some(contact) => format!("{name} (+{contact})"),
        None => name.to_owned(),
    }
}

/// Why an address would be refused, as far as that can be told without asking
/// for its name (H-A3).
pub fn refused(url: &WebUrl) -> Option<Failure> {
    let private = || Failure::Refused(format!("{} is this machine", url.host_key()));
    let checked = Guard::new(url, false).check(url).err();
    checked.or_else(|| url.is_loopback().then(private))
}

fn name(agent: &str) -> Result<HeaderValue, FetchError> {
    HeaderValue::from_str(agent).map_err(|_| FetchError::Agent(agent.to_owned()))
}

impl Fetch {
    /// A client that calls itself `agent`.
    pub fn new(agent: &str) -> Result<Self, FetchError> {
        Self::through(agent, Arc::new(Wire::new(Arc::new(System))?))
    }

    /// A client whose requests go out by `exit`.
    pub fn through(agent: &str, exit: Arc<dyn Exit>) -> Result<Self, FetchError> {
        Ok(Self {
            agent: name(agent)?,
            exit,
            gate: Arc::default(),
        })
    }

    /// The same client under another name: its connections and the hosts'
    /// turns go on.
    pub fn renamed(&self, agent: &str) -> Result<Self, FetchError> {
        Ok(Self {
            agent: name(agent)?,
            exit: Arc::clone(&self.exit),
            gate: Arc::clone(&self.gate),
        })
    }

    /// Asks, and follows redirects by our own rules.
    pub async fn get(&self, ask: Ask<'_>) -> Brought {
        let mut robots = Vec::new();
        let (fetched, place) = match self.walk(&ask, &mut robots).await {
            Ok((fetched, place)) => (Ok(fetched), place),
            Err(failure) => (Err(failure), Place::default()),
        };
        Brought {
            fetched,
            robots,
            place,
        }
    }

    /// Why `robots.txt` does not let programs read the address, if it does not.
    pub async fn forbidden(&self, ask: &Ask<'_>) -> Option<Failure> {
        let guard = Guard::new(ask.configured, ask.allow_private).but(ask.ours);
        let mut learnt = Vec::new();
        let heeded = self.heed_robots(ask.url, &guard, ask, &[], &mut learnt);
        let failure = heeded.await.err()?;
        matches!(failure, Failure::Robots(_)).then_some(failure)
    }

    /// Sends something to an address that the admin named, which may be a
    /// private one. It is said once: no redirect is followed.
    pub async fn post(&self, url: &WebUrl, post: Post) -> Result<(), Failure> {
        let guard = Guard::new(url, true);
        guard.check(url)?;
        let mut headers = HeaderMap::new();
        headers.insert(USER_AGENT, self.agent.clone());
        let (media_type, body) = match post {
            Post::Form(form) => (FORM, form),
            Post::Json(json) => (JSON, json),
        };
        headers.insert(CONTENT_TYPE, media_type);
        let _turn = self.gate.turn(url, false).await;
        let outgoing = Outgoing {
            url,
            headers,
            open: guard.open_host(),
            post: Some(body),
            proxy: None,
        };
        let answer = timeout(LIMITS.whole, self.exit.send(outgoing))
            .await
            .map_err(|_| Failure::Timeout("the whole answer took too long"))??;
        if (200..300).contains(&answer.status) {
            return Ok(());
        }
        let head = head::read(url.clone(), Vec::new(), answer.status, &answer.headers, 0);
        Err(refusal(&head))
    }

    async fn walk(
        &self,
        ask: &Ask<'_>,
        learnt: &mut Vec<Robots>,
    ) -> Result<(Fetched, Place), Failure> {
        let guard = Guard::new(ask.configured, ask.allow_private).but(ask.ours);
        let mut left = LIMITS.whole;
        let mut url = ask.url.clone();
        let mut hops = Vec::new();
        loop {
            if let Some(known) = &ask.manners.robots {
                self.heed_robots(&url, &guard, ask, known, learnt).await?;
            }
            let sent = sent(ask.validators, &url);
            let mut headers = self.fields(ask.accept, sent);
            let told = ask.secret.filter(|_| is_at_home(&url, ask.configured));
            if let Some(Secret { field, value }) = told {
                headers.insert(field, value.clone());
            }
            let step = Step {
                url: &url,
                is_hop: !hops.is_empty(),
                guard: &guard,
            };
            let answer = self.one(step, headers, ask, &mut left).await?;
            if is_redirect(answer.status) {
                hops.push(answer.status);
                url = next(&url, &hops, &answer.headers)?;
                continue;
            }
            if ask.manners.robots.is_some() && robots::tag_forbids(&answer.headers) {
                return Err(Failure::Robots(format!(
                    "{} is not for programs (X-Robots-Tag)",
                    url.host_key()
                )));
            }
            let head = head::read(
                url,
                hops,
                answer.status,
                &answer.headers,
                answer.body.len() as u64,
            );
            let Incoming {
                headers,
                body,
                place,
                ..
            } = answer;
            let url = head.url.clone();
            let unpack = || unpacked(&url, &headers, body);
            let fetched = finish(head, sent.is_some(), unpack).await?;
            return Ok((fetched, place));
        }
    }

    /// One request, in its host's turn. `left` is what is left of the time
    /// for all of them; waiting for a turn takes nothing of it.
    async fn one(
        &self,
        step: Step<'_>,
        headers: HeaderMap,
        ask: &Ask<'_>,
        left: &mut Duration,
    ) -> Result<Incoming, Failure> {
        let Step { url, is_hop, guard } = step;
        guard.check(url)?;
        if ask.manners.resting.contains(&url.host_key()) {
            return Err(Failure::Redirect(format!(
                "{} has asked to be left alone",
                url.host_key()
            )));
        }
        let _turn = self.gate.turn(url, is_hop).await;
        let began = Instant::now();
        let outgoing = Outgoing {
            url,
            headers,
            open: guard.open_host(),
            post: None,
            proxy: ask.proxy,
        };
        let answer = timeout(*left, self.exit.send(outgoing))
            .await
            .map_err(|_| Failure::Timeout("the whole answer took too long"))?;
        *left = left.saturating_sub(began.elapsed());
        answer
    }

    /// Fails if the host's `robots.txt` does not allow us the address, or
    /// cannot be read: then everything counts as disallowed (RFC 9309 section
    /// 2.3.1.4).
    async fn heed_robots(
        &self,
        url: &WebUrl,
        guard: &Guard,
        ask: &Ask<'_>,
        known: &[Robots],
        learnt: &mut Vec<Robots>,
    ) -> Result<(), Failure> {
        let host = url.host_key();
        let of_host = |robots: &&Robots| robots.host == host;
        let found = known.iter().chain(learnt.iter()).find(of_host).cloned();
        let robots = match found {
            Some(robots) => robots,
            None => {
                let rules = self.ask_robots(url, guard, ask).await;
                let rules = rules.map_err(|failure| match failure {
                    // The host is to be left alone, or is not there at all.
                    Failure::Status {
                        status: 429 | 503, ..
                    }
                    | Failure::Dns { .. }
                    | Failure::Connect(_)
                    | Failure::Refused(_) => failure,
                    _ => Failure::Robots(format!("robots.txt of {host} cannot be read: {failure}")),
                })?;
                let robots = Robots {
                    host: host.clone(),
                    rules,
                };
                learnt.push(robots.clone());
                robots
            }
        };
        if robots::allow(&robots.rules, url) {
            return Ok(());
        }
        Err(Failure::Robots(format!(
            "robots.txt of {host} disallows {}",
            url.as_url().path()
        )))
    }

    /// The lines of `robots.txt` that are for us. Without a file everything
    /// is allowed; a host in trouble has not said so.
    async fn ask_robots(
        &self,
        page: &WebUrl,
        guard: &Guard,
        ask: &Ask<'_>,
    ) -> Result<String, Failure> {
        let none = || Failure::Redirect("to no web address".to_owned());
        let mut url = page.join("/robots.txt").ok_or_else(none)?;
        let mut left = LIMITS.whole;
        let mut hops = Vec::new();
        loop {
            let headers = self.fields(Accept::Page, None);
            let step = Step {
                url: &url,
                is_hop: !hops.is_empty(),
                guard,
            };
            let answer = self.one(step, headers, ask, &mut left).await?;
            match answer.status {
                200 => {
                    let body = unpacked(&url, &answer.headers, answer.body).await?;
                    return Ok(robots::for_us(&body));
                }
                status if is_redirect(status) => {
                    hops.push(status);
                    url = next(&url, &hops, &answer.headers)?;
                }
                // "Too many requests" is no "there is none".
                400..=428 | 430..=499 => return Ok(String::new()),
                status => {
                    let head = head::read(url, hops, status, &answer.headers, 0);
                    return Err(refusal(&head));
                }
            }
        }
    }

    /// All fields of a request: the same each time, but for the validators
    /// (F-27).
    fn fields(&self, accept: Accept, validators: Option<&Validators>) -> HeaderMap {
        let mut fields = HeaderMap::new();
        let accept = match accept {
            Accept::Feed => ACCEPT_FEED,
            Accept::Page => ACCEPT_PAGE,
        };
        fields.insert(USER_AGENT, self.agent.clone());
        fields.insert(ACCEPT, accept);
        fields.insert(ACCEPT_ENCODING, CODINGS);
        let Some(validators) = validators else {
            return fields;
        };
        let validators = [
            (IF_NONE_MATCH, &validators.etag),
            (IF_MODIFIED_SINCE, &validators.last_modified),
        ];
        for (name, value) in validators {
            let value = value
                .as_deref()
                .and_then(|value| HeaderValue::from_bytes(value).ok());
            if let Some(value) = value {
                fields.insert(name, value);
            }
        }
        fields
    }
}

/// Whether a secret may be told here: a redirect to another host, another
/// port, or out of TLS is not to learn it.
fn is_at_home(url: &WebUrl, configured: &WebUrl) -> bool {
    url.as_url().origin() == configured.as_url().origin()
}

/// One of the requests of a fetch.
#[derive(Clone, Copy, Debug)]
struct Step<'a> {
    url: &'a WebUrl,
    /// Whether a redirect led there.
    is_hop: bool,
    guard: &'a Guard,
}

/// The validators, if it is this address that gave them.
fn sent<'a>(validators: &'a Validators, url: &WebUrl) -> Option<&'a Validators> {
    let any = validators.etag.is_some() || validators.last_modified.is_some();
    (any && validators.from.as_ref() == Some(url)).then_some(validators)
}

fn is_redirect(status: u16) -> bool {
    matches!(status, 301 | 302 | 303 | 307 | 308)
}

/// The target of the last of these redirects. From https to http is no way
/// (F-21).
fn next(url: &WebUrl, hops: &[u16], headers: &HeaderMap) -> Result<WebUrl, Failure> {
    if hops.len() > LIMITS.hops {
        return Err(Failure::Redirect(format!(
            "more than {} in a row",
            LIMITS.hops
        )));
    }
    let location = headers
        .get(LOCATION)
        .ok_or_else(|| Failure::Redirect("without a target".to_owned()))?;
    let location = String::from_utf8_lossy(location.as_bytes());
    let target = url
        .join(&location)
        .ok_or_else(|| Failure::Redirect(format!("to no web address: {}", shown(&location))))?;
    if url.as_url().scheme() == "https" && target.as_url().scheme() == "http" {
        return Err(Failure::Redirect("from https to http".to_owned()));
    }
    let mut target = target.as_url().clone();
    target.set_fragment(None);
    WebUrl::from_url(target).ok_or_else(|| Failure::Redirect("to no web address".to_owned()))
}

/// What a server sent, short and on one line.
fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(80).collect()
}

/// What a final answer means.
async fn finish<B>(
    head: Head,
    conditional: bool,
    body: impl FnOnce() -> B,
) -> Result<Fetched, Failure>
where
    B: Future<Output = Result<Vec<u8>, Failure>>,
{
    match head.status {
        200 => match body().await? {
            body if body.is_empty() => Err(Failure::Empty),
            body => Ok(Fetched::Document(head, body)),
        },
        // Who was not asked conditionally cannot answer so.
        304 if conditional => Ok(Fetched::Unchanged(head)),
        _ => Err(refusal(&head)),
    }
}

/// The failure that an answer's status is.
fn refusal(head: &Head) -> Failure {
    Failure::Status {
        status: head.status,
        host: head.url.host_key(),
        retry_after: head.hints.retry_after,
    }
}

/// Unpacking a large body is work, so it leaves the async threads alone.
async fn unpacked(url: &WebUrl, headers: &HeaderMap, body: Vec<u8>) -> Result<Vec<u8>, Failure> {
    let coding = body::coding(headers)?;
    if body.len() <= body::QUICK {
        return body::unpack(coding, url, body);
    }
    let url = url.clone();
    tokio::task::spawn_blocking(move || body::unpack(coding, &url, body))
        .await
        .unwrap_or_else(|panic| Err(Failure::Panicked(panic.to_string())))
}

#[cfg(test)]
mod tests;
