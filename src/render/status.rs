//! The report as a page, as JSON, and its incidents as a feed of their own:
//! news of the service is never mixed with the news.
//!
//! Moments are told as of the report, so the same report gives the same bytes.

use std::borrow::Cow;
use std::io;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};
use serde::Serialize;

use super::atom::{self, Out};
use super::frame::Frame;
use super::html::Html;
use super::shape::{incidents_id, stamp};
use super::{Format, Reach, Sheet, Site};
use crate::model::{Incident, Reading, Report, SourceKey, SourceReport, SourceState};
use crate::text::span::{self, ago, ahead, between};

/// Incidents that are over and still shown on the page.
const OVER_AT_MOST: usize = 20;

/// What was left out of a document, as far as the page tells it.
const LEFT_OUT_AT_MOST: usize = 5;

/// What is no longer ago than this is so just now.
const A_MOMENT: Duration = Duration::from_mins(1);

/// What stands in place of words that may name a private address.
const PRIVATE: &str = "its address is private: `scofeed status` on the machine tells more";

/// A report in one of the formats that are made of it.
pub fn status(site: &Site, report: &Report, format: Format) -> Sheet {
    let report = public(site, report);
    let changes = report.incidents.iter().map(Incident::updated);
    let began = report.service.since.unwrap_or(Timestamp::UNIX_EPOCH);
    let (bytes, changed) = match format {
        Format::Incidents => {
            let changed = changes.fold(began, Timestamp::max);
            (feed(site, &report, changed), changed)
        }
        Format::StatusJson => (json(&report), report.at),
        _ => (page(site, &report), report.at),
    };
    Sheet::new(
        format.of_site(),
        format,
        bytes,
        None,
        [0; 32],
        changed,
        None,
    )
}

/// What anybody may know: a private address is nobody's business.
fn public<'r>(site: &Site, report: &'r Report) -> Cow<'r, Report> {
    let is_private = |source: &SourceKey| {
        let outlet = site.outlets.get(source);
        outlet.is_some_and(|outlet| outlet.target.is_none())
    };
    if !report
        .sources
        .iter()
        .any(|source| is_private(&source.source))
    {
        return Cow::Borrowed(report);
    }
    let mut public = report.clone();
    for source in &mut public.sources {
        if is_private(&source.source) {
            source.wrong = source.wrong.take().map(|_| PRIVATE.to_owned());
            source.moved = None;
            source.reading = source.reading.take().map(|reading| Reading {
                feeds: Vec::new(),
                sitemaps: Vec::new(),
                ..reading
            });
            // Advice names its source, and may name an address.
            let named = format!("`{}`", source.source);
            public.advice.retain(|advice| !advice.contains(&named));
        }
    }
    for incident in &mut public.incidents {
        if incident.scope.as_ref().is_some_and(is_private) {
            PRIVATE.clone_into(&mut incident.said);
        }
    }
    Cow::Owned(public)
}

fn json(report: &Report) -> Vec<u8> {
    #[derive(Serialize)]
    struct Whole<'r> {
        headline: String,
        #[serde(flatten)]
        report: &'r Report,
    }
    let whole = Whole {
        headline: report.headline(),
        report,
    };
    // Nothing in a report fails to be written.
    let mut bytes = serde_json::to_vec_pretty(&whole).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}

fn page(site: &Site, report: &Report) -> Vec<u8> {
    let frame = Frame {
        site,
        title: "Status",
        root: "",
        reach: Reach::Served,
        view: None,
    };
    let mut html = Html::default();
    frame.open(&mut html);
    html.raw("<body>\n<a class=\"skip\" href=\"#status\">Skip to the status</a>\n");
    frame.header(&mut html, "");
    html.raw("<main id=\"status\">\n<h1>");
    html.text(&sentence(&report.headline()))
        .raw("</h1>\n<p class=\"older\">As of ");
    moment(&mut html, report.at);
    html.raw(", UTC. To hear of trouble in a feed reader, follow ");
    let name = Format::Incidents.name();
    html.element(
        "a",
        &[
            ("href", Some(name)),
            ("type", Some(Format::Incidents.media_type())),
        ],
        "the incidents",
    );
    html.raw("; programs read ");
    let name = Format::StatusJson.name();
    html.element("a", &[("href", Some(name))], "the same as JSON");
    html.raw(".</p>\n");
    incidents(&mut html, report);
    sources(&mut html, report);
    ledger(&mut html, report);
    over(&mut html, report);
    html.raw("</main>\n<footer>\n");
    frame.owners(&mut html);
    html.raw("</footer>\n</body>\n</html>\n");
    html.finish().into_bytes()
}

fn moment(html: &mut Html, moment: Timestamp) {
    let words = TimeZone::UTC.to_datetime(moment);
    let words = words.strftime("%-d %B, %H:%M").to_string();
    html.element("time", &[("datetime", Some(&stamp(moment)))], &words);
}

/// What is wrong now.
fn incidents(html: &mut Html, report: &Report) {
    if report.open().next().is_none() {
        return;
    }
    html.raw("<section aria-labelledby=\"open\">\n<h2 id=\"open\">Open incidents</h2>\n<ul class=\"incidents\">\n");
    for incident in report.open() {
        html.raw("<li>\n<p><strong>");
        title(html, report, incident);
        html.raw("</strong>, noticed ");
        moment(html, incident.opened);
        html.raw("</p>\n");
        words(html, &incident.said, Some(&incident.todo));
        html.raw("</li>\n");
    }
    html.raw("</ul>\n</section>\n");
}

/// Who is in trouble, named as among the sources, and with what.
fn title(html: &mut Html, report: &Report, incident: &Incident) {
    if let Some(key) = &incident.scope {
        let source = report.sources.iter().find(|one| one.source == *key);
        let title = source.map_or(key.as_str(), |source| &source.title);
        name(html, title, key);
        html.raw(": ");
    }
    html.text(incident.kind.title());
}

/// A source's title, and the name by which commands know it, if that is
/// another.
fn name(html: &mut Html, title: &str, key: &SourceKey) {
    html.element("bdi", &[], title);
    if title != key.as_str() {
        html.raw(" ").element("code", &[], key.as_str());
    }
}

/// What is wrong, and what to do about it.
fn words(html: &mut Html, said: &str, todo: Option<&str>) {
    if !said.is_empty() {
        html.raw("<p class=\"why\" dir=\"auto\">");
        typed(html, &sentence(said));
        html.raw("</p>\n");
    }
    if let Some(todo) = todo.filter(|todo| !todo.is_empty()) {
        html.raw("<p class=\"why\">To do: ");
        typed(html, todo);
        html.raw("</p>\n");
    }
}

/// Words in which what is to be typed stands between backticks.
fn typed(html: &mut Html, words: &str) {
    for (n, part) in words.split('`').enumerate() {
        if n % 2 == 0 {
            html.text(part);
        } else {
            html.element("code", &[], part);
        }
    }
}

/// Words as they begin a line; an address begins as it is.
fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    let is_word = |word: &str| {
        let word = word.trim_end_matches([':', ',', ';']);
        word.chars().all(char::is_alphabetic)
    };
    let first = words.split(' ').next().filter(|word| is_word(word));
    match letters.next().filter(|_| first.is_some()) {
        Some(letter) => letter.to_uppercase().chain(letters).collect(),
        None => words.to_owned(),
    }
}

/// How long ago, as a person says it.
fn lately(then: Timestamp, now: Timestamp) -> String {
    if between(then, now) < A_MOMENT {
        "just now".to_owned()
    } else {
        ago(then, now)
    }
}

/// The sources, those first that want a look.
fn sources(html: &mut Html, report: &Report) {
    html.raw("<section aria-labelledby=\"sources\">\n<h2 id=\"sources\">Sources</h2>\n<ul class=\"sources\">\n");
    let mut sources: Vec<&SourceReport> = report.sources.iter().collect();
    sources.sort_by_key(|source| {
        let is_off = source.state == SourceState::Off;
        (is_off, !source.state.wants_a_look(), &source.source)
    });
    for one in sources {
        source(html, one, report.at);
    }
    html.raw("</ul>\n</section>\n");
}

fn source(html: &mut Html, source: &SourceReport, now: Timestamp) {
    html.open("li", &[("id", Some(source.source.as_str()))]);
    let class = if source.state.is_trouble() {
        "state trouble"
    } else if source.state.wants_a_look() {
        "state look"
    } else {
        "state"
    };
    html.raw("\n");
    html.element("p", &[("class", Some(class))], source.state.as_str());
    html.raw("\n<div>\n<h3>");
    name(html, &source.title, &source.source);
    html.raw("</h3>\n");
    if source.state != SourceState::Off {
        facts(html, source, now);
    }
    html.raw("</div>\n");
    if let Some(hours) = &source.rhythm {
        rhythm(html, hours);
    }
    html.raw("</li>\n");
}

fn facts(html: &mut Html, source: &SourceReport, now: Timestamp) {
    if source.state.wants_a_look() {
        let since = source.since.map(|since| match between(since, now) {
            time if time < A_MOMENT => "since just now".to_owned(),
            time => format!("for {}", span::words(time)),
        });
        let said = [source.wrong.clone(), since];
        let said: Vec<String> = said.into_iter().flatten().collect();
        words(html, &said.join(", "), source.todo.as_deref());
    }
    let mut facts = vec![source.last_ok.map_or_else(
        || "Never read".to_owned(),
        |at| format!("Read {}", lately(at, now)),
    )];
    if let Some(next) = &source.next {
        facts.push(format!("next {}: {}", ahead(next.at, now), next.why));
    }
    html.element("p", &[("class", Some("why"))], &facts.join("; "));
    html.raw("\n");
    let day = &source.day;
    let mut facts = vec![format!(
        "items seen: {}; about the topic {}, nearly {}",
        source.items, source.kept, source.near
    )];
    if day.asked > 0 {
        facts.push(format!(
            "in the last day asked {}, unchanged {}, failed {}, {}",
            times(day.asked),
            times(day.unchanged),
            times(day.failed),
            bytes(day.bytes)
        ));
    }
    if let Some(reading) = &source.reading {
        facts.push(format!("read by {}", reading.rung.as_str()));
    }
    if let Some(moved) = &source.moved {
        facts.push(format!("{} lasting redirects to {}", moved.times, moved.to));
    }
    html.element("p", &[("class", Some("why"))], &facts.join("; "));
    html.raw("\n");
    for skipped in source.skipped.iter().take(LEFT_OUT_AT_MOST) {
        html.raw("<p class=\"why\" dir=\"auto\">Left out: ");
        html.element("bdi", &[], &skipped.what);
        html.raw(": ").text(&skipped.why).raw("</p>\n");
    }
}

/// Items by hour of the day.
fn rhythm(html: &mut Html, hours: &[u8; 24]) {
    let busiest = hours.iter().position(|hour| *hour == 100).unwrap_or(0);
    let label = format!("When its items appear, by hour of the day, UTC: most at {busiest}");
    html.raw("<figure class=\"hours\">\n");
    html.open(
        "svg",
        &[
            ("class", Some("rhythm")),
            ("viewBox", Some("0 0 96 24")),
            ("width", Some("96")),
            ("height", Some("24")),
            ("role", Some("img")),
            ("aria-label", Some(&label)),
        ],
    );
    for (hour, share) in hours.iter().enumerate() {
        // An hour without items is a line, so that the day can be read.
        let height = 1 + usize::from(*share) * 23 / 100;
        let (x, y) = ((hour * 4).to_string(), (24 - height).to_string());
        let height = height.to_string();
        let place = [
            ("x", Some(&*x)),
            ("y", Some(&*y)),
            ("width", Some("3")),
            ("height", Some(&*height)),
        ];
        html.open("rect", &place).close("rect");
    }
    html.close("svg");
    html.raw("\n<figcaption>items by hour of the day, UTC</figcaption>\n</figure>\n");
}

/// What the ledger kept and dropped, and how the service is.
fn ledger(html: &mut Html, report: &Report) {
    let sum = |of: fn(&SourceReport) -> u64| report.sources.iter().map(of).sum::<u64>();
    let (items, kept, near) = (
        sum(|source| source.items),
        sum(|source| source.kept),
        sum(|source| source.near),
    );
    html.raw("<section aria-labelledby=\"ledger\">\n<h2 id=\"ledger\">What was read</h2>\n<dl>\n");
    let mut row = |name: &str, value: &str| {
        html.element("dt", &[], name).element("dd", &[], value);
        html.raw("\n");
    };
    row("Items seen", &items.to_string());
    row("About the topic", &kept.to_string());
    row("Nearly about it", &near.to_string());
    row("Dropped", &items.saturating_sub(kept + near).to_string());
    row("Stories", &report.stories.to_string());
    if let Some(newest) = report.newest {
        row("The newest", &lately(newest, report.at));
    }
    let service = &report.service;
    row("Database", &bytes(report.ledger.bytes));
    if let Some(disk) = service.disk {
        row("Free on its disk", &bytes(disk.free));
    }
    if let Some(since) = service.since {
        row("Running since", &lately(since, report.at));
    }
    html.raw("</dl>\n</section>\n");
}

/// What was wrong of late.
fn over(html: &mut Html, report: &Report) {
    let over = || report.incidents.iter().filter(|i| i.closed.is_some());
    if over().next().is_none() {
        return;
    }
    html.raw("<section aria-labelledby=\"over\">\n<h2 id=\"over\">Incidents that are over</h2>\n<ul class=\"incidents\">\n");
    for incident in over().take(OVER_AT_MOST) {
        html.raw("<li>\n<p>");
        title(html, report, incident);
        html.raw(", noticed ");
        moment(html, incident.opened);
        html.raw(", over ");
        moment(html, incident.closed.unwrap_or(incident.opened));
        html.raw("</p>\n");
        words(html, &incident.said, None);
        html.raw("</li>\n");
    }
    html.raw("</ul>\n</section>\n");
}

fn times(n: u64) -> String {
    match n {
        0 => "never".to_owned(),
        1 => "once".to_owned(),
        n => format!("{n} times"),
    }
}

/// A size as a person reads it.
fn bytes(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if bytes < 1024 {
        return format!("{bytes} bytes");
    }
    let mut scaled = bytes;
    let mut unit = "";
    let mut tenths = 0;
    for name in UNITS {
        if scaled < 1024 {
            break;
        }
        tenths = scaled % 1024 * 10 / 1024;
        scaled /= 1024;
        unit = name;
    }
    format!("{scaled}.{tenths} {unit}")
}

/// The incidents as Atom: opened, changed, closed. An entry keeps its id and
/// moves its `updated`.
fn feed(site: &Site, report: &Report, updated: Timestamp) -> Vec<u8> {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 1);
    // Writing to memory cannot fail.
    match write_feed(&mut writer, site, report, updated) {
        Ok(()) => writer.into_inner(),
        Err(_) => Vec::new(),
    }
}

fn write_feed(out: &mut Out, site: &Site, report: &Report, updated: Timestamp) -> io::Result<()> {
    let address = |format: Format| format!("{}{}", site.url, format.name());
    let (here, page) = (address(Format::Incidents), address(Format::Status));
    out.write_event(Event::Decl(BytesDecl::new("1.0", Some("utf-8"), None)))?;
    out.create_element("feed")
        .with_attributes([("xmlns", "http://www.w3.org/2005/Atom"), ("xml:lang", "en")])
        .write_inner_content(|out| {
            atom::text(out, "id", &incidents_id(site))?;
            atom::text(out, "title", &format!("{}: incidents", site.title))?;
            atom::text(out, "updated", &stamp(updated))?;
            let kind = Format::Incidents.media_type();
            atom::link(out, &[("rel", "self"), ("type", kind), ("href", &here)])?;
            atom::link(
                out,
                &[("rel", "alternate"), ("type", "text/html"), ("href", &page)],
            )?;
            out.create_element("author")
                .write_inner_content(|out| atom::text(out, "name", &site.title))?;
            for incident in &report.incidents {
                entry(out, incident, &page)?;
            }
            Ok(())
        })?;
    out.get_mut().push(b'\n');
    Ok(())
}

fn entry(out: &mut Out, incident: &Incident, page: &str) -> io::Result<()> {
    let (state, label) = match incident.closed {
        None => ("open", "Open"),
        Some(_) => ("closed", "Over"),
    };
    let mut content = format!("{}. To do: {}.", incident.said, incident.todo);
    if let Some(closed) = incident.closed {
        content = format!(
            "It is over since {:.0}; it began {:.0}. It was: {}.",
            closed, incident.opened, incident.said
        );
    }
    out.create_element("entry").write_inner_content(|out| {
        atom::text(out, "id", &incident.id())?;
        atom::text(out, "title", &format!("{label}: {}", incident.title()))?;
        atom::text(out, "published", &stamp(incident.opened))?;
        atom::text(out, "updated", &stamp(incident.updated()))?;
        let anchor = incident
            .scope
            .as_ref()
            .map_or_else(|| page.to_owned(), |source| format!("{page}#{source}"));
        atom::link(
            out,
            &[
                ("rel", "alternate"),
                ("type", "text/html"),
                ("href", &anchor),
            ],
        )?;
        atom::category(
            out,
            "urn:scofeed:incident",
            incident.kind.as_str(),
            incident.kind.title(),
        )?;
        atom::category(out, "urn:scofeed:state", state, label)?;
        out.create_element("content")
            .with_attribute(("type", "text"))
            .write_text_content(BytesText::new(&super::shape::xml(&content)))?;
        Ok(())
    })?;
    Ok(())
}
