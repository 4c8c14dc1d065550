//! The one exit for every request that the program makes (H-A1): polite,
//! bounded, guarded.
//!
//! Validators go out as they came in, redirects are followed by our own
//! rules, every address is checked where it is connected to, and a body is
//! counted before and after it is unpacked.

mod body;
mod gate;
mod guard;
mod head;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::Client;
use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, HeaderMap, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH, LOCATION,
};
use tokio::time::timeout;

use crate::model::{Failure, Fetched, Head, Validators, WebUrl};
use gate::Gate;
use guard::{Guard, Resolver};

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
}

const LIMITS: Limits = Limits {
    whole: Duration::from_secs(30),
    connect: Duration::from_secs(10),
    first_byte: Duration::from_secs(15),
    silence: Duration::from_secs(10),
    hops: 5,
    fields: 128,
};

/// Why the client cannot be built.
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

/// One request to be made.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    /// The configured address.
    pub url: &'a WebUrl,
    /// What the last good document left.
    pub validators: &'a Validators,
    /// What it is for.
    pub accept: Accept,
    /// Whether exactly this host may be at a private address (H-A6).
    pub allow_private: bool,
}

/// The client. Share it; it keeps connections and the hosts' turns.
#[derive(Debug)]
pub struct Fetch {
    agent: HeaderValue,
    limits: Limits,
    guarded: Client,
    /// Clients that may also reach one private host each.
    open: Mutex<HashMap<String, Client>>,
    gate: Gate,
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

impl Fetch {
    /// A client that calls itself `agent`.
    pub fn new(agent: &str) -> Result<Self, FetchError> {
        Self::with_limits(agent, LIMITS)
    }

    fn with_limits(agent: &str, limits: Limits) -> Result<Self, FetchError> {
        // Already installed is as good.
        drop(rustls::crypto::ring::default_provider().install_default());
        let agent =
            HeaderValue::from_str(agent).map_err(|_| FetchError::Agent(agent.to_owned()))?;
        Ok(Self {
            guarded: client(&agent, limits, Resolver::guarded())?,
            open: Mutex::default(),
            gate: Gate::default(),
            agent,
            limits,
        })
    }

    /// Asks, and follows redirects. The validators go along to every hop:
    /// the one that answered last time may be any of them.
    pub async fn get(&self, ask: Ask<'_>) -> Result<Fetched, Failure> {
        let guard = Guard::new(ask.url, ask.allow_private);
        let mut url = ask.url.clone();
        let mut hops = Vec::new();
        loop {
            guard.check(&url)?;
            let turn = self.gate.turn(&url).await;
            let answer = self.one(&ask, &url, &guard);
            let (response, body) = timeout(self.limits.whole, answer)
                .await
                .map_err(|_| Failure::Timeout("the whole answer took too long"))??;
            drop(turn);
            let status = response.status;
            if matches!(status, 301 | 302 | 303 | 307 | 308) {
                hops.push(status);
                if hops.len() > self.limits.hops {
                    return Err(Failure::Redirect(format!(
                        "more than {} in a row",
                        self.limits.hops
                    )));
                }
                url = next(&url, &response.headers)?;
                continue;
            }
            let head = head::read(url, hops, status, &response.headers, response.wire);
            return finish(head, body, ask.validators);
        }
    }

    async fn one(
        &self,
        ask: &Ask<'_>,
        url: &WebUrl,
        guard: &Guard,
    ) -> Result<(Answered, Vec<u8>), Failure> {
        let client = self.client(guard)?;
        let send = client.get(url.as_url().clone()).headers(fields(ask)).send();
        let response = timeout(self.limits.first_byte, send)
            .await
            .map_err(|_| Failure::Timeout("no answer"))?
            .map_err(|error| failure(&error, url))?;
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let body = if status == 200 {
            body::read(response, &headers, self.limits.silence).await?
        } else {
            body::Body::default()
        };
        let answered = Answered {
            status,
            headers,
            wire: body.wire,
        };
        Ok((answered, body.bytes))
    }

    fn client(&self, guard: &Guard) -> Result<Client, Failure> {
        let Some(host) = guard.open_host() else {
            return Ok(self.guarded.clone());
        };
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = open.get(host) {
            return Ok(client.clone());
        }
        let client = client(&self.agent, self.limits, Resolver::open_for(host))
            .map_err(|error| Failure::Connect(error.to_string()))?;
        open.insert(host.to_owned(), client.clone());
        Ok(client)
    }
}

struct Answered {
    status: u16,
    headers: HeaderMap,
    wire: u64,
}

fn client(
    agent: &HeaderValue,
    limits: Limits,
    resolver: Resolver,
) -> Result<Client, reqwest::Error> {
    let resolver = Arc::new(resolver);
    let builder = || {
        Client::builder()
            .user_agent(agent.clone())
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .no_proxy()
            .connect_timeout(limits.connect)
            .pool_max_idle_per_host(1)
            .pool_idle_timeout(Duration::from_mins(1))
            .http1_max_headers(limits.fields)
            .dns_resolver(Arc::clone(&resolver))
    };
    // A machine without root certificates can still fetch what needs none;
    // every TLS connection then fails by itself, and says so.
    builder()
        .build()
        .or_else(|_| builder().tls_certs_only([]).build())
}

fn fields(ask: &Ask<'_>) -> HeaderMap {
    let mut fields = HeaderMap::new();
    let accept = match ask.accept {
        Accept::Feed => ACCEPT_FEED,
        Accept::Page => ACCEPT_PAGE,
    };
    fields.insert(ACCEPT, accept);
    fields.insert(ACCEPT_ENCODING, CODINGS);
    let validators = [
        (IF_NONE_MATCH, &ask.validators.etag),
        (IF_MODIFIED_SINCE, &ask.validators.last_modified),
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

/// The target of a redirect. From https to http is no way (F-21).
fn next(url: &WebUrl, headers: &HeaderMap) -> Result<WebUrl, Failure> {
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

fn finish(head: Head, body: Vec<u8>, sent: &Validators) -> Result<Fetched, Failure> {
    let conditional = sent.etag.is_some() || sent.last_modified.is_some();
    match head.status {
        200 if body.is_empty() => Err(Failure::Empty),
        200 => Ok(Fetched::Document(head, body)),
        // Who was not asked conditionally cannot answer so.
        304 if conditional => Ok(Fetched::Unchanged(head)),
        status => Err(Failure::Status {
            status,
            retry_after: head.hints.retry_after,
        }),
    }
}

/// The failure behind a client's error.
fn failure(error: &reqwest::Error, url: &WebUrl) -> Failure {
    let mut words = Vec::new();
    let mut source: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(cause) = source {
        if let Some(refused) = cause.downcast_ref::<guard::Refused>() {
            return Failure::Refused(refused.to_string());
        }
        if let Some(unresolved) = cause.downcast_ref::<guard::Unresolved>() {
            return Failure::Dns {
                host: unresolved.host.clone(),
                said: unresolved.said.clone(),
            };
        }
        if let Some(tls) = cause.downcast_ref::<rustls::Error>() {
            return Failure::Tls(tls.to_string());
        }
        words.push(cause.to_string());
        source = cause.source();
    }
    let said = words.pop().unwrap_or_default();
    let host = url.host_key();
    if error.is_timeout() {
        Failure::Timeout("no connection")
    } else if said.contains("certificate") || said.contains("tls") {
        Failure::Tls(said)
    } else if error.is_connect() {
        Failure::Connect(format!("{host}: {said}"))
    } else {
        Failure::Body(said)
    }
}

#[cfg(test)]
mod tests;
