//! The wall: whatever an address is written like, and wherever a redirect
//! leads, nothing that is not public hears from us.

use std::collections::HashMap;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use scofeed::fetch::{Accept, Ask, Fetch, Finding, Lookup, Wire, agent};
use scofeed::model::{Failure, Fetched, Manners, Robots, Validators, WebUrl};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

/// Names and their addresses, instead of the machine's resolver.
#[derive(Debug, Default)]
struct Names {
    addresses: HashMap<String, Vec<IpAddr>>,
    asked: AtomicUsize,
}

impl Names {
    fn new(names: &[(&str, &[&str])]) -> Arc<Self> {
        let addresses = |of: &[&str]| of.iter().map(|ip| ip.parse().unwrap()).collect();
        let names = names
            .iter()
            .map(|(name, ips)| ((*name).to_owned(), addresses(ips)));
        Arc::new(Self {
            addresses: names.collect(),
            asked: AtomicUsize::new(0),
        })
    }
}

impl Lookup for Names {
    fn addresses(&self, name: &str) -> Finding {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let found = self.addresses.get(name).cloned();
        Box::pin(async move { found.ok_or_else(|| io::Error::other("no such name")) })
    }
}

/// A listener that must not hear anything, and the ports of one that answers.
struct Trap {
    listener: TcpListener,
    port: u16,
}

impl Trap {
    async fn set() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        Self { listener, port }
    }

    /// Whether anybody came.
    async fn heard(&self) -> bool {
        let coming = self.listener.accept();
        tokio::time::timeout(Duration::from_millis(1), coming)
            .await
            .is_ok()
    }
}

/// Answers each request with the next of these heads, and tells what came.
async fn origin(heads: Vec<String>) -> (u16, mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (told, came) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        for head in heads {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                request.push(stream.read_u8().await.unwrap());
            }
            drop(told.send(String::from_utf8(request).unwrap()));
            let answer =
                format!("HTTP/1.1 {head}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    (port, came)
}

fn fetch(names: Arc<Names>) -> Fetch {
    let wire = Wire::new(names).unwrap();
    Fetch::through(&agent(None), Arc::new(wire)).unwrap()
}

async fn get(
    fetch: &Fetch,
    configured: &WebUrl,
    url: &WebUrl,
    allow_private: bool,
    manners: &Manners,
) -> Result<Fetched, Failure> {
    by(fetch, None, configured, url, allow_private, manners).await
}

async fn by(
    fetch: &Fetch,
    proxy: Option<&WebUrl>,
    configured: &WebUrl,
    url: &WebUrl,
    allow_private: bool,
    manners: &Manners,
) -> Result<Fetched, Failure> {
    let ask = Ask {
        url,
        configured,
        validators: &Validators::default(),
        accept: Accept::Feed,
        allow_private,
        secret: None,
        proxy,
        ours: Some(&WebUrl::parse("http://sco.example/").unwrap()),
        manners,
    };
    fetch.get(ask).await.fetched
}

/// Hosts that lead to loopback or to another address that is not public.
const HOSTS: &[&str] = &[
    // Loopback in every spelling.
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "127.000.000.001",
    "127.255.255.254",
    "2130706433",
    "0x7f000001",
    "0X7F.1",
    "0x7f.0x0.0x0.0x1",
    "0x7f.0.0.1",
    "0177.0.0.1",
    "017700000001",
    "0177.0.0.0x1",
    "127.0.0.1.",
    "１２７.0.0.1",
    "127。0。0。1",
    "127．0．0．1",
    "%31%32%37.0.0.1",
    "①②⑦.0.0.1",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "foo.localhost",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[0000::0001]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::ffff:0:127.0.0.1]",
    "[::127.0.0.1]",
    "[::7f00:1]",
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[64:ff9b:1::7f00:1]",
    "[2002:7f00:1::]",
    "[2002:7f00:0001::1]",
    "[2001:0:7f00:1::1]",
    // This host, every host, nobody.
    "0",
    "0.0.0.0",
    "0x0",
    "00000000",
    "0.1.2.3",
    "[::]",
    "255.255.255.255",
    "4294967295",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "[ff02::1]",
    "[ff0e::1]",
    // Private networks and what lies between.
    "10.0.0.1",
    "10.255.255.255",
    "0xa000001",
    "167772161",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.0.1",
    "192.168.257",
    "0xc0a80001",
    "3232235521",
    "100.64.0.1",
    "100.127.255.255",
    "[fc00::1]",
    "[fd00:ec2::254]",
    "[fdff::1]",
    "[fec0::1]",
    "[2002:c0a8:1::1]",
    "[2002:a00:1::]",
    "[::ffff:10.0.0.1]",
    "[::ffff:192.168.0.1]",
    // The machine's own link, and the clouds' doors to their keys.
    "169.254.169.254",
    "0xa9fea9fe",
    "2852039166",
    "0251.0376.0251.0376",
    "[::ffff:a9fe:a9fe]",
    "[64:ff9b::a9fe:a9fe]",
    "[2002:a9fe:a9fe::]",
    "[fe80::1]",
    "[febf::1]",
    "168.63.129.16",
    "100.100.100.200",
    "192.0.0.192",
    // Documentation, tests, relays and what was never given to anybody.
    "192.0.2.1",
    "198.51.100.1",
    "203.0.113.1",
    "198.18.0.1",
    "198.19.255.255",
    "192.88.99.1",
    "[100::1]",
    "[2001::1]",
    "[2001:2::1]",
    "[2001:10::1]",
    "[2001:20::1]",
    "[2001:db8::1]",
    "[3fff::1]",
    "[5f00::1]",
    "[4000::1]",
    "[8000::1]",
    // Names whose addresses are not all public.
    "private.example",
    "mixed.example",
    "mixed-six.example",
    "metadata.example",
    "mapped.example",
    "unspecified.example",
];

fn names() -> Arc<Names> {
    Names::new(&[
        ("private.example", &["127.0.0.1"]),
        ("mixed.example", &["8.8.8.8", "127.0.0.1"]),
        ("mixed-six.example", &["2606:4700::1111", "::1"]),
        ("metadata.example", &["169.254.169.254"]),
        ("mapped.example", &["::ffff:127.0.0.1"]),
        ("unspecified.example", &["0.0.0.0"]),
        ("localhost", &["127.0.0.1"]),
        ("localhost.", &["127.0.0.1"]),
        ("foo.localhost", &["127.0.0.1"]),
    ])
}

// H-A2 to H-A4, H-01 to H-06: as the configured address, with the port on
// which somebody listens, and as the target of a redirect.
#[tokio::test]
async fn no_spelling_of_an_address_gets_through() {
    let trap = Trap::set().await;
    let fetch = fetch(names());
    let mut refused = 0;
    for host in HOSTS {
        let Some(url) = WebUrl::parse(&format!("http://{host}:{}/", trap.port)) else {
            // What is no address at all asks nobody.
            continue;
        };
        refused += 1;
        let failure = get(&fetch, &url, &url, false, &Manners::default()).await;
        let failure = failure.unwrap_err();
        assert_eq!(failure.kind(), "refused", "{host}: {failure}");
        // With leave for another host, and port 80.
        let target = WebUrl::parse(&format!("http://{host}/")).unwrap();
        let configured = WebUrl::parse("http://feeds.example/").unwrap();
        let failure = get(&fetch, &configured, &target, true, &Manners::default()).await;
        let failure = failure.unwrap_err();
        assert_eq!(failure.kind(), "refused", "{host}: {failure}");
    }
    assert!(refused >= 80, "{refused}");
    assert!(!trap.heard().await);
}

/// Where a redirect of a private host that the admin allowed must not lead:
/// `TRAP` is the port on which somebody listens, `SELF` the origin's own.
const TARGETS: &[(&str, &str)] = &[
    ("http://127.0.0.1:TRAP/", "refused"),
    ("http://localhost:TRAP/", "refused"),
    ("http://[::1]:TRAP/", "refused"),
    ("http://0:TRAP/", "refused"),
    ("http://127.1/", "refused"),
    ("//127.0.0.2:SELF/", "refused"),
    ("//169.254.169.254/latest/meta-data/", "refused"),
    ("http://2852039166/latest/", "refused"),
    ("http://private.example/", "refused"),
    ("http://private.example:TRAP/", "refused"),
    ("http://mixed.example/", "refused"),
    ("http://good.example:22/", "refused"),
    ("http://good.example:25/", "refused"),
    ("http://good.example:6379/", "refused"),
    ("https://good.example:8443/", "refused"),
    ("http://good@127.0.0.1:SELF/", "refused"),
    ("http://good:word@127.0.0.1:SELF/", "refused"),
    ("http://good.example\\@127.0.0.1:TRAP/", "dns"),
    ("http://127.0.0.1:TRAP\\@good.example/", "refused"),
    ("http://user@good.example/", "refused"),
    ("/\t/127.0.0.1:TRAP/", "refused"),
    ("http:\\\\127.0.0.1:TRAP\\", "refused"),
    ("http:///127.0.0.1:TRAP/", "refused"),
    ("HTTP://127.0.0.1:TRAP/", "refused"),
    ("file:///etc/passwd", "redirect"),
    ("ftp://127.0.0.1:TRAP/", "redirect"),
    ("gopher://127.0.0.1:TRAP/_x", "redirect"),
    ("data:text/xml,<rss/>", "redirect"),
    ("javascript:alert(1)", "redirect"),
    ("unix:/run/docker.sock", "redirect"),
    ("ws://127.0.0.1:TRAP/", "redirect"),
    ("mailto:a@b.example", "redirect"),
    ("http://", "redirect"),
    ("http://[::1", "redirect"),
    ("http://127.0.0.1:99999/", "redirect"),
    ("http://a b.example/", "redirect"),
];

// H-07 to H-09, H-A5, H-A6.
#[tokio::test]
async fn no_redirect_leads_behind_the_wall() {
    let trap = Trap::set().await;
    let fetch = fetch(names());
    for (target, kind) in TARGETS {
        // The origin's port is known only once it listens.
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let target = target
            .replace("TRAP", &trap.port.to_string())
            .replace("SELF", &port.to_string());
        drop(listener);
        let (port, mut came) = origin(vec![format!("302 Found\r\nLocation: {target}")]).await;
        let url = WebUrl::parse(&format!("http://127.0.0.1:{port}/feed")).unwrap();
        let failure = get(&fetch, &url, &url, true, &Manners::default()).await;
        let failure = failure.unwrap_err();
        assert_eq!(failure.kind(), *kind, "{target}: {failure}");
        assert!(came.try_recv().is_ok());
        assert!(came.try_recv().is_err(), "{target} asked the origin again");
    }
    assert!(!trap.heard().await);
}

// H-10: chains, and what stands at their end.
#[tokio::test]
async fn chains_end_at_the_wall() {
    let trap = Trap::set().await;
    let fetch = fetch(names());
    for hops in 0..=6 {
        let mut heads: Vec<String> = (0..hops)
            .map(|hop| {
                format!(
                    "307 Temporary Redirect\r\nLocation: /{hop}?{}",
                    "x".repeat(hop)
                )
            })
            .collect();
        heads.push(format!(
            "301 Moved Permanently\r\nLocation: http://127.0.0.1:{}/",
            trap.port
        ));
        let (port, mut came) = origin(heads).await;
        let url = WebUrl::parse(&format!("http://127.0.0.1:{port}/feed")).unwrap();
        let failure = get(&fetch, &url, &url, true, &Manners::default()).await;
        let kind = if hops < 5 { "refused" } else { "redirect" };
        assert_eq!(failure.unwrap_err().kind(), kind, "{hops}");
        let mut asked = 0;
        while let Ok(request) = came.try_recv() {
            asked += 1;
            let lower = request.to_lowercase();
            assert!(
                !lower.contains("cookie") && !lower.contains("referer"),
                "{request}"
            );
        }
        assert_eq!(asked, (hops + 1).min(6));
    }
    assert!(!trap.heard().await);
}

// H-08: what a server sends cannot become a field of the next request.
#[tokio::test]
async fn a_location_cannot_smuggle_fields() {
    let fetch = fetch(names());
    for location in [
        "/a\tb",
        "/a%0d%0aX-Evil: 1",
        "/a b\u{a0}c",
        "/\u{7f}?q=\u{202e}",
    ] {
        let (port, mut came) = origin(vec![
            format!("302 Found\r\nLocation: {location}"),
            "404 Not Found".to_owned(),
        ])
        .await;
        let url = WebUrl::parse(&format!("http://127.0.0.1:{port}/feed")).unwrap();
        let failure = get(&fetch, &url, &url, true, &Manners::default()).await;
        drop(failure);
        assert!(came.try_recv().is_ok());
        if let Ok(request) = came.try_recv() {
            assert!(!request.to_lowercase().contains("\r\nx-evil"), "{request}");
            assert!(request.is_ascii(), "{request}");
        }
    }
}

// robots.txt goes out by the same exit.
#[tokio::test]
async fn robots_txt_is_no_way_around() {
    let trap = Trap::set().await;
    let fetch = fetch(names());
    let manners = Manners {
        robots: Some([].into()),
        ..Manners::default()
    };
    let url = WebUrl::parse(&format!("http://127.0.0.1:{}/list", trap.port)).unwrap();
    let failure = get(&fetch, &url, &url, false, &manners).await.unwrap_err();
    assert!(
        failure.to_string().contains("not a public address"),
        "{failure}"
    );
    let (port, _came) = origin(vec![format!(
        "301 Moved Permanently\r\nLocation: http://127.0.0.1:{}/robots.txt",
        trap.port
    )])
    .await;
    let url = WebUrl::parse(&format!("http://127.0.0.1:{port}/list")).unwrap();
    let failure = get(&fetch, &url, &url, true, &manners).await.unwrap_err();
    assert!(
        failure.to_string().contains("refused to connect"),
        "{failure}"
    );
    assert!(!trap.heard().await);
}

// H-A6: leave is for one host, by its own name.
#[tokio::test]
async fn leave_is_for_exactly_one_host() {
    let trap = Trap::set().await;
    let names = Names::new(&[
        ("nas.example", &["127.0.0.1"]),
        ("other.example", &["127.0.0.1"]),
    ]);
    let fetch = fetch(Arc::clone(&names));
    let (port, mut came) = origin(vec!["404 Not Found".to_owned()]).await;
    let nas = WebUrl::parse(&format!("http://nas.example:{port}/feed")).unwrap();
    let failure = get(&fetch, &nas, &nas, true, &Manners::default())
        .await
        .unwrap_err();
    assert_eq!(
        failure.to_string(),
        format!("HTTP 404 from nas.example:{port}")
    );
    assert!(
        came.try_recv()
            .unwrap()
            .contains(&format!("host: nas.example:{port}"))
    );
    // H-04: what was looked up once is what was connected to.
    assert_eq!(names.asked.load(Ordering::Relaxed), 1);
    for url in [
        format!("http://other.example:{}/", trap.port),
        format!("http://127.0.0.1:{}/", trap.port),
        format!("http://nas.example:{}/", trap.port),
    ] {
        let url = WebUrl::parse(&url).unwrap();
        let failure = get(&fetch, &nas, &url, true, &Manners::default())
            .await
            .unwrap_err();
        assert_eq!(failure.kind(), "refused", "{url}: {failure}");
    }
    assert!(!trap.heard().await);
}

// A host that rests is not reached by a redirect either.
#[tokio::test]
async fn a_resting_host_hears_nothing() {
    let trap = Trap::set().await;
    let host = format!("127.0.0.1:{}", trap.port);
    let manners = Manners {
        resting: Arc::new([host].into()),
        robots: Some(
            [Robots {
                host: "unused".into(),
                rules: String::new(),
            }]
            .into(),
        ),
    };
    let url = WebUrl::parse(&format!("http://127.0.0.1:{}/", trap.port)).unwrap();
    let failure = get(&fetch(names()), &url, &url, true, &manners)
        .await
        .unwrap_err();
    assert!(failure.to_string().contains("left alone"), "{failure}");
    assert!(!trap.heard().await);
}

// H-A7: a proxy carries everything of its source, whose names it looks up
// itself; addresses in a URL are refused before it hears of them.
#[tokio::test]
async fn a_proxy_is_only_where_the_admin_named_one() {
    let names = Names::new(&[("proxy.example", &["127.0.0.1"])]);
    let fetch = fetch(Arc::clone(&names));
    let (port, mut came) = origin(vec![
        "302 Found\r\nLocation: http://127.0.0.1/".to_owned(),
        "403 Forbidden".to_owned(),
    ])
    .await;
    let proxy = WebUrl::parse(&format!("http://proxy.example:{port}/")).unwrap();
    let url = WebUrl::parse("http://far.example/feed").unwrap();
    let manners = Manners::default();
    let ask = async |url: &WebUrl| {
        let brought = by(&fetch, Some(&proxy), url, url, false, &manners).await;
        brought.unwrap_err().to_string()
    };
    let said = ask(&url).await;
    assert!(said.contains("not a public address"), "{said}");
    let line = came.try_recv().unwrap();
    assert!(line.starts_with("GET http://far.example/feed HTTP/1.1"));
    assert_eq!(names.asked.load(Ordering::Relaxed), 1, "the proxy's name");
    // What is encrypted passes through it unread.
    let said = ask(&WebUrl::parse("https://far.example/feed").unwrap()).await;
    assert!(said.starts_with("cannot connect"), "{said}");
    let line = came.try_recv().unwrap();
    assert!(line.starts_with("CONNECT far.example:443 HTTP/1.1"));
    // Its own host is reached by nobody else.
    let said = get(&fetch, &proxy, &proxy, false, &manners).await;
    assert_eq!(said.unwrap_err().kind(), "refused");
}

// H-11: who would read his own feed would tell his own stories as news.
#[tokio::test]
async fn nobody_is_led_to_his_own_feed() {
    let fetch = fetch(names());
    for file in ["", "atom.xml", "rss.xml", "feed.json"] {
        let (port, _came) = origin(vec![format!(
            "301 Moved Permanently\r\nLocation: http://sco.example/{file}"
        )])
        .await;
        let url = WebUrl::parse(&format!("http://127.0.0.1:{port}/")).unwrap();
        let failure = get(&fetch, &url, &url, true, &Manners::default())
            .await
            .unwrap_err();
        let said = format!("refused to connect: http://sco.example/{file} is our own feed");
        assert_eq!(failure.to_string(), said);
    }
}

/// A resolver that never answers.
#[derive(Debug)]
struct Mute;

impl Lookup for Mute {
    fn addresses(&self, _: &str) -> Finding {
        Box::pin(std::future::pending())
    }
}

// H-20: whatever a resolver does, it is over after ten seconds.
#[tokio::test(start_paused = true)]
async fn a_resolver_is_not_waited_for() {
    let wire = Wire::new(Arc::new(Mute)).unwrap();
    let fetch = Fetch::through(&agent(None), Arc::new(wire)).unwrap();
    let url = WebUrl::parse("http://a.example/").unwrap();
    let began = tokio::time::Instant::now();
    let failure = get(&fetch, &url, &url, false, &Manners::default()).await;
    assert_eq!(failure.unwrap_err().kind(), "timeout");
    assert_eq!(began.elapsed().as_secs(), 10);
}

// H-20: a name with ten thousand addresses is tried at a few of them, and
// refused if any of them is private.
#[tokio::test]
async fn a_name_with_many_addresses_is_tried_at_a_few() {
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = nobody.local_addr().unwrap().port();
    drop(nobody);
    let many: Vec<String> = (0..10_000)
        .map(|n| format!("127.1.{}.{}", n / 250, n % 250))
        .collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let fetch = fetch(Names::new(&[("many.example", &many)]));
    let url = WebUrl::parse(&format!("http://many.example:{port}/")).unwrap();
    let manners = Manners::default();
    let failure = get(&fetch, &url, &url, true, &manners).await.unwrap_err();
    assert_eq!(failure.kind(), "connect", "{failure}");
    let failure = get(&fetch, &url, &url, false, &manners).await.unwrap_err();
    assert_eq!(failure.kind(), "refused", "{failure}");
}

// H-19, and section 3.2 of the requirements: what has been mended in the
// libraries that read what strangers send is in the ones that we use.
#[test]
fn the_libraries_are_mended_ones() {
    let lock = std::fs::read_to_string("Cargo.lock").unwrap();
    let lock: toml::Table = lock.parse().unwrap();
    let version = |text: &str| -> Vec<u32> {
        let numbers = text.split(['.', '+', '-']).take(3);
        numbers.map(|n| n.parse().unwrap()).collect()
    };
    for (name, least) in [
        ("bytes", "1.11.1"),
        ("h2", "0.4.16"),
        ("idna", "1.0.0"),
        ("quick-xml", "0.41.0"),
        ("rustls", "0.23.18"),
        ("rustls-webpki", "0.103.13"),
    ] {
        let packages = lock["package"].as_array().unwrap().iter();
        let used: Vec<&str> = packages
            .filter(|package| package["name"].as_str() == Some(name))
            .map(|package| package["version"].as_str().unwrap())
            .collect();
        assert!(!used.is_empty(), "{name}");
        for used in used {
            assert!(version(used) >= version(least), "{name} {used}");
        }
    }
}

// H-A1: one exit. Sockets, name look-ups and clients are in `fetch`; what
// listens is `serve`, the command that starts it, and the demo's origin.
#[test]
fn only_fetch_opens_connections() {
    fn sources(folder: &std::path::Path, found: &mut Vec<std::path::PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, found);
            } else if path.extension().is_some_and(|e| e == "rs") {
                found.push(path);
            }
        }
    }
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    assert!(files.len() > 40);
    let mut inside = 0;
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let product = text.split("#[cfg(test)]").next().unwrap();
        let name = file.strip_prefix(&root).unwrap().to_str().unwrap();
        // The watchdog asks our own listener, and it alone.
        let product = product.replacen("TcpStream::connect(own(listener))", "", 1);
        for word in [
            "reqwest",
            "TcpStream::connect",
            "TcpSocket",
            "UdpSocket",
            "lookup_host",
            "to_socket_addrs",
            "ToSocketAddrs",
            "hyper::client",
            "hyper_util::client",
        ] {
            // F-32: nothing switches the verification of certificates off.
            assert!(!product.contains("danger"), "{name}");
            // `doctor` looks a name up and goes nowhere.
            let looks_up =
                name == "cli/doctor.rs" && ["to_socket_addrs", "ToSocketAddrs"].contains(&word);
            if name.starts_with("fetch") {
                inside += product.matches(word).count();
            } else if !looks_up {
                assert!(!product.contains(word), "{word} in {name}");
            }
        }
    }
    assert!(inside > 0, "the words are the right ones");
}
