//! The drawing in `lib.rs` holds: a module names only modules below it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Modules and the floors they stand on.
type Floors = BTreeMap<String, u32>;

/// A file of `src/`, and the module that it belongs to.
struct File {
    path: PathBuf,
    module: String,
    /// How many modules deep it lies: 1 for `src/fetch.rs`.
    depth: usize,
    /// Its code without comments, texts and tests.
    code: String,
}

fn files() -> Vec<File> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    let mut folders = vec![src.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let inner = path.strip_prefix(&src).unwrap().with_extension("");
            let names: Vec<_> = inner.iter().map(|name| name.to_str().unwrap()).collect();
            let is_rust = path.extension().is_some_and(|ending| ending == "rs");
            if !is_rust || matches!(names[..], ["lib" | "main"] | [.., "tests"]) {
                continue;
            }
            files.push(File {
                module: names[0].to_owned(),
                depth: names.len(),
                code: code(&fs::read_to_string(&path).unwrap()),
                path,
            });
        }
    }
    assert!(files.len() > 40, "only {} files found", files.len());
    files
}

/// What is left without comments, texts in quotes, and the tests at the end.
fn code(text: &str) -> String {
    let (text, _) = text
        .split_once("#[cfg(test)]\nmod tests")
        .unwrap_or((text, ""));
    let mut code = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['/', '"', '\'']) {
        code.push_str(&rest[..at]);
        rest = &rest[at..];
        let skip = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if let Some(text) = rest.strip_prefix('"') {
            1 + quoted(text)
        } else if rest.starts_with("'\"'") {
            3
        } else if rest.starts_with("'\\") {
            4 + rest[3..].find('\'').unwrap_or(0)
        } else {
            code.push_str(&rest[..1]);
            1
        };
        rest = &rest[skip..];
    }
    code + rest
}

/// The length of a text up to and with its closing quote.
fn quoted(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            '"' if !escaped => return at + 1,
            _ => escaped = c == '\\' && !escaped,
        }
    }
    text.len()
}

/// The modules of the crate that a file names: `crate::x`, `crate::{x, y}`,
/// and `super` as often as it takes to get there.
fn named(file: &File) -> BTreeSet<String> {
    let root = "super::".repeat(file.depth);
    let mut named = BTreeSet::new();
    for root in ["crate::", &root] {
        for (at, _) in file.code.match_indices(root) {
            let before = &file.code[..at];
            // A longer chain of `super`, or a word that ends like this one.
            if before.ends_with("super::") || before.ends_with(|c: char| c.is_alphanumeric()) {
                continue;
            }
            named.extend(names(&file.code[at + root.len()..]));
        }
    }
    named
}

/// The first name of a path, or those of a group.
fn names(path: &str) -> Vec<String> {
    let Some(group) = path.strip_prefix('{') else {
        return vec![name(path)];
    };
    let mut names = vec![name(group.trim_start())];
    let mut depth = 0;
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => names.push(name(group[at + 1..].trim_start())),
            _ => {}
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

fn name(path: &str) -> String {
    let end = path.find(|c: char| !(c.is_alphanumeric() || c == '_'));
    path[..end.unwrap_or(path.len())].to_owned()
}

/// The floors as `lib.rs` draws them: a number, names two spaces apart, and
/// behind a wider gap what they do.
fn floors() -> Floors {
    let lib = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs");
    let lib = fs::read_to_string(lib).unwrap();
    let modules: BTreeSet<&str> = lib
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'))
        .collect();
    let drawing = lib
        .split("```text")
        .skip(1)
        .filter_map(|block| block.split("```").next())
        .flat_map(str::lines);
    let mut floors = Floors::new();
    for line in drawing {
        let line = line.trim_start_matches("//!").trim();
        let Some((floor, names)) = line.split_once("  ") else {
            continue;
        };
        let Ok(floor) = floor.parse() else { continue };
        let names = names.split("   ").next().unwrap().split_whitespace();
        for name in names.filter(|name| modules.contains(name)) {
            let other = floors.insert(name.to_owned(), floor);
            assert_eq!(other, None, "`{name}` stands on two floors");
        }
    }
    let drawn: BTreeSet<&str> = floors.keys().map(String::as_str).collect();
    assert_eq!(drawn, modules, "the drawing and the modules differ");
    floors
}

#[test]
fn every_module_names_only_modules_below_it() {
    let floors = floors();
    let mut wrong = Vec::new();
    for file in files() {
        for named in named(&file) {
            let Some(below) = floors.get(&named) else {
                wrong.push(format!("{}: `{named}` is no module", file.path.display()));
                continue;
            };
            if named != file.module && *below >= floors[&file.module] {
                wrong.push(format!("{}: names `{named}`", file.path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_lowest_floors_and_those_that_do_io_are_what_they_are_called() {
    let floors = floors();
    let floor = |name: &str| floors[name];
    assert_eq!(floor("model"), 0);
    assert_eq!((floor("clock"), floor("text")), (1, 1));
    // One floor, so that they never name each other.
    let io = ["config", "fetch", "store", "publish"].map(floor);
    assert!(io.iter().all(|floor| *floor == io[0]), "{floors:?}");
    assert_eq!(floors.values().max(), Some(&floor("cli")));
}

#[test]
fn one_exit_for_every_request() {
    const CLIENTS: [&str; 3] = ["reqwest", "hyper_util::client", "hyper::client"];
    const SOCKETS: [&str; 8] = [
        "TcpStream",
        "TcpListener",
        "TcpSocket",
        "UdpSocket",
        "UnixStream",
        "UnixListener",
        "UnixDatagram",
        "lookup_host",
    ];
    let mut wrong = Vec::new();
    let mut fetch_has_one = false;
    for file in files() {
        let is_fetch = file.module == "fetch";
        let may_listen = [
            "src/serve.rs",
            "src/serve/line.rs",
            "src/serve/metrics.rs",
            "src/cli/demo.rs",
            "src/cli/run.rs",
        ]
        .iter()
        .any(|path| file.path.ends_with(path));
        for client in CLIENTS.iter().filter(|client| file.code.contains(**client)) {
            fetch_has_one |= is_fetch;
            if !is_fetch {
                wrong.push(format!("{}: {client}", file.path.display()));
            }
        }
        for socket in SOCKETS.iter().filter(|socket| file.code.contains(**socket)) {
            // The journal's own socket, and the one that `status` asks at, lead to
            // no other machine.
            let is_here = socket.starts_with("Unix")
                && ["src/cli/log.rs", "src/serve/report.rs"]
                    .iter()
                    .any(|path| file.path.ends_with(path));
            if !is_fetch && !may_listen && !is_here {
                wrong.push(format!("{}: {socket}", file.path.display()));
            }
        }
    }
    assert!(
        fetch_has_one,
        "the search finds no client where there is one"
    );
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn only_the_clock_reads_the_clock() {
    for file in files() {
        for reading in [
            "Timestamp::now(",
            "SystemTime::now(",
            "Zoned::now(",
            "Utc::now(",
        ] {
            let reads = file.code.contains(reading);
            assert!(!reads || file.module == "clock", "{}", file.path.display());
        }
    }
}

#[track_caller]
fn check(depth: usize, text: &str, expected: &[&str]) {
    let file = File {
        path: PathBuf::new(),
        module: "fetch".to_owned(),
        depth,
        code: code(text),
    };
    let named: Vec<String> = named(&file).into_iter().collect();
    assert_eq!(named, expected, "{text}");
}

#[test]
fn the_search_sees_what_it_looks_for() {
    check(1, "use crate::model::{Head, text};", &["model"]);
    check(
        1,
        "use crate::{\n    model::{A, B},\n    parse, topic::judge,\n};",
        &["model", "parse", "topic"],
    );
    check(
        1,
        "fn a() -> crate::store::Row { super::config::b() }",
        &["config", "store"],
    );
    check(
        2,
        "use super::config; use super::super::serve::x;",
        &["serve"],
    );
    check(
        1,
        "// crate::store\n/* \" */ let a = \"crate::b \\\" crate::c\";",
        &[],
    );
    check(
        1,
        "let q = '\"'; crate::text::x('\\''); \"crate::poll\"",
        &["text"],
    );
    check(1, "#[cfg(test)]\nmod tests { use crate::cli; }", &[]);
}
