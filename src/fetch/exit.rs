//! The way out: one request leaves, one answer comes back. No redirects and
//! no retries: those are decided above.

use std::collections::HashMap;
use std::fmt::Debug;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use reqwest::header::{CONTENT_LENGTH, HeaderMap, TRANSFER_ENCODING};
use reqwest::{Client, ClientBuilder, Proxy, retry};
use tokio::time::timeout;

use super::body::{self, Place, Places};
use super::guard::{self, Lookup, Resolver};
use super::{FetchError, LIMITS};
use crate::model::{Failure, WebUrl};

/// One request.
#[derive(Debug)]
pub struct Outgoing<'a> {
    /// Where to.
    pub url: &'a WebUrl,
    /// All its fields, but for `Host` and those of the connection.
    pub headers: HeaderMap,
    /// The host that may be at a private address (H-A6).
    pub open: Option<&'a str>,
    /// What is sent along; `None` asks for something.
    pub post: Option<String>,
    /// The proxy that carries it. It then finds the hosts by their names, and
    /// decides which of them it goes to.
    pub proxy: Option<&'a WebUrl>,
}

/// One answer.
#[derive(Debug, Default)]
pub struct Incoming {
    /// The status code.
    pub status: u16,
    /// Its fields.
    pub headers: HeaderMap,
    /// The body as it came, still packed; only of a 200.
    pub body: Vec<u8>,
    /// The place that a large body takes up.
    pub place: Place,
}

/// What an exit brings back, later.
pub type Answering<'a> = Pin<Box<dyn Future<Output = Result<Incoming, Failure>> + Send + 'a>>;

/// What carries requests. The program has one, `Wire`; whoever runs the loop
/// without a network hands in another.
pub trait Exit: Debug + Send + Sync {
    /// Sends one request and brings its answer.
    fn send<'a>(&'a self, request: Outgoing<'a>) -> Answering<'a>;
}

/// The network: the only place that opens connections (H-A1).
#[derive(Debug)]
pub struct Wire {
    lookup: Arc<dyn Lookup>,
    limits: super::Limits,
    guarded: Client,
    others: Mutex<HashMap<Way, Client>>,
    places: Places,
}

/// A way out beside the guarded one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Way {
    /// One private host may be reached, too.
    Open(String),
    /// Everything goes to this proxy.
    Proxy(WebUrl),
}

impl Wire {
    /// The network, where names are looked up by `lookup`.
    pub fn new(lookup: Arc<dyn Lookup>) -> Result<Self, FetchError> {
        Self::with_limits(lookup, LIMITS)
    }

    pub(super) fn with_limits(
        lookup: Arc<dyn Lookup>,
        limits: super::Limits,
    ) -> Result<Self, FetchError> {
        // Already installed is as good.
        drop(rustls::crypto::ring::default_provider().install_default());
        Ok(Self {
            guarded: client(limits, Resolver::new(Arc::clone(&lookup), None), None)?,
            others: Mutex::default(),
            places: Places::default(),
            lookup,
            limits,
        })
    }

    /// The same network, but that at `open` this certificate is trusted and no
    /// other.
    #[cfg(test)]
    pub(super) fn trusting(self, open: &str, der: &[u8]) -> Self {
        let resolver = Resolver::new(Arc::clone(&self.lookup), Some(open));
        let certificate = reqwest::Certificate::from_der(der).unwrap();
        let client = builder(self.limits, Arc::new(resolver)).tls_certs_only([certificate]);
        let way = Way::Open(open.to_owned());
        let mut clients = self.others.lock().unwrap();
        clients.insert(way, client.build().unwrap());
        drop(clients);
        self
    }

    fn client(&self, open: Option<&str>, proxy: Option<&WebUrl>) -> Result<Client, Failure> {
        let (way, reached) = match (proxy, open) {
            (Some(proxy), _) => (Way::Proxy(proxy.clone()), proxy.as_url().host_str()),
            (None, Some(host)) => (Way::Open(host.to_owned()), Some(host)),
            (None, None) => return Ok(self.guarded.clone()),
        };
        let mut clients = self.others.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(&way) {
            return Ok(client.clone());
        }
        let resolver = Resolver::new(Arc::clone(&self.lookup), reached);
        let client = client(self.limits, resolver, proxy)
            .map_err(|error| Failure::Connect(error.to_string()))?;
        clients.insert(way, client.clone());
        Ok(client)
    }

    async fn exchange(&self, request: Outgoing<'_>) -> Result<Incoming, Failure> {
        let Outgoing {
            url,
            headers,
            open,
            post,
            proxy,
        } = request;
        let client = self.client(open, proxy)?;
        let request = match post {
            None => client.get(url.as_url().clone()),
            Some(body) => client.post(url.as_url().clone()).body(body),
        };
        let send = request.headers(headers).send();
        let response = timeout(self.limits.first_byte, send)
            .await
            .map_err(|_| Failure::Timeout("no answer"))?
            .map_err(|error| failure(&error, url))?;
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        check(&headers, self.limits)?;
        let (body, place) = if status == 200 {
            body::receive(response, self.limits.silence, &self.places).await?
        } else {
            (Vec::new(), Place::default())
        };
        Ok(Incoming {
            status,
            headers,
            body,
            place,
        })
    }
}

impl Exit for Wire {
    fn send<'a>(&'a self, request: Outgoing<'a>) -> Answering<'a> {
        Box::pin(self.exchange(request))
    }
}

fn client(
    limits: super::Limits,
    resolver: Resolver,
    proxy: Option<&WebUrl>,
) -> Result<Client, reqwest::Error> {
    let resolver = Arc::new(resolver);
    let proxy = proxy
        .map(|proxy| Proxy::all(proxy.as_url().clone()))
        .transpose()?;
    let builder = || {
        let builder = builder(limits, Arc::clone(&resolver));
        match proxy.clone() {
            Some(proxy) => builder.proxy(proxy),
            None => builder,
        }
    };
    // A machine without root certificates can still fetch what needs none;
    // every TLS connection then fails by itself, and says so.
    builder()
        .build()
        .or_else(|_| builder().tls_certs_only([]).build())
}

fn builder(limits: super::Limits, resolver: Arc<Resolver>) -> ClientBuilder {
    Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        // An errand is one request; what failed is tried when it is due
        // again (F-18).
        .retry(retry::never())
        .referer(false)
        // None of the environment's (H-A7).
        .no_proxy()
        .connect_timeout(limits.connect)
        .pool_max_idle_per_host(1)
        // What a server floods after its answer is heard no longer (H-19).
        .pool_idle_timeout(limits.silence)
        .http1_max_headers(limits.fields)
        .http2_max_header_list_size(limits.head)
        .dns_resolver(resolver)
}

/// What is wrong with a head although it could be read: it is too large
/// (C-07), or states the length of its body in two ways, which is how answers
/// are smuggled (H-17).
fn check(headers: &HeaderMap, limits: super::Limits) -> Result<(), Failure> {
    let size: usize = headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len() + 4)
        .sum();
    if size > limits.head as usize || headers.len() > limits.fields {
        return Err(Failure::TooLarge("the head of the answer".to_owned()));
    }
    if headers.contains_key(TRANSFER_ENCODING) && headers.contains_key(CONTENT_LENGTH) {
        return Err(Failure::Body("its length is stated in two ways".to_owned()));
    }
    Ok(())
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
        if let Some(tls) = unwrapped(cause).downcast_ref::<rustls::Error>() {
            return Failure::Tls(tls.to_string());
        }
        words.push(cause.to_string());
        source = cause.source();
    }
    let said = words.pop().unwrap_or_default();
    let host = url.host_key();
    if error.is_timeout() {
        Failure::Timeout("no connection")
    } else if said.contains("head is too large") {
        Failure::TooLarge("the head of the answer".to_owned())
    } else if said.contains("certificate") || said.contains("tls") {
        Failure::Tls(said)
    } else if error.is_connect() {
        Failure::Connect(format!("{host}: {said}"))
    } else {
        Failure::Body(said)
    }
}

/// What an I/O error wraps: its source is that error's source, not the error
/// itself.
fn unwrapped<'e>(
    mut error: &'e (dyn std::error::Error + 'static),
) -> &'e (dyn std::error::Error + 'static) {
    while let Some(inner) = error
        .downcast_ref::<io::Error>()
        .and_then(io::Error::get_ref)
    {
        error = inner;
    }
    error
}
