//! The feed: Atom 1.0 (RFC 4287).

use std::io;

use jiff::Timestamp;
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::frame::OURS;
use super::html::Html;
use super::shape::{self, Other, Shown, WITHDRAWN, stamp, xml};
use super::{Format, Outline, Period, Site, View, archive, language};
use crate::model::{Story, Target};

/// Categories of ours: the outlet, and the mark of what is no text. Independent of
/// the address, so that a moved feed keeps its readers' filters.
const OUTLETS: &str = "urn:scofeed:outlet";
const MARKS: &str = "urn:scofeed:mark";

/// Elements and links of feed history (RFC 5005 section 4).
const HISTORY: &str = "http://purl.org/syndication/history/1.0";

/// Which part of a view's history a document holds.
pub(super) enum Part {
    /// The window: what one subscribes to. Where its last archive is
    /// published, if it has one.
    Window { before: Option<String> },
    /// A closed archive, and the one before it.
    Archive {
        period: Period,
        before: Option<Period>,
    },
}

impl Part {
    pub(super) fn window(site: &Site, outline: &Outline) -> Self {
        let last = outline.archives.last();
        Self::Window {
            before: last.map(|period| archive::address(site, &outline.view.path, *period)),
        }
    }
}

pub(super) fn render(
    site: &Site,
    view: &View,
    stories: &[Story],
    updated: Timestamp,
    part: &Part,
) -> Vec<u8> {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 1);
    // Writing to memory cannot fail.
    match feed(&mut writer, site, view, stories, updated, part) {
        Ok(()) => writer.into_inner(),
        Err(_) => Vec::new(),
    }
}

pub(super) type Out = Writer<Vec<u8>>;

fn feed(
    out: &mut Out,
    site: &Site,
    view: &View,
    stories: &[Story],
    updated: Timestamp,
    part: &Part,
) -> io::Result<()> {
    out.write_event(Event::Decl(BytesDecl::new("1.0", Some("utf-8"), None)))?;
    let mut attributes = vec![("xmlns", "http://www.w3.org/2005/Atom")];
    if let Part::Archive { .. } = part {
        attributes.push(("xmlns:fh", HISTORY));
    }
    attributes.push(("xml:lang", &view.language));
    out.create_element("feed")
        .with_attributes(attributes)
        .write_inner_content(|out| {
            text(out, "id", &shape::feed_id(site, view))?;
            text(out, "title", &view.title)?;
            text(out, "updated", &stamp(updated))?;
            links(out, site, view, part)?;
            out.create_element("author")
                .write_inner_content(|out| text(out, "name", &site.title))?;
            out.create_element("generator")
                .with_attribute(("version", env!("CARGO_PKG_VERSION")))
                .write_text_content(BytesText::new("scofeed"))?;
            if let Some(rights) = &site.rights {
                text(out, "rights", rights)?;
            }
            for story in stories {
                entry(out, site, story)?;
            }
            Ok(())
        })?;
    out.get_mut().push(b'\n');
    Ok(())
}

/// Where the document is, and where its view goes on.
fn links(out: &mut Out, site: &Site, view: &View, part: &Part) -> io::Result<()> {
    let home = Format::Page.address(site, view);
    let kind = Format::Atom.media_type();
    let feed = |out: &mut Out, rel: &str, href: &str| {
        link(out, &[("rel", rel), ("type", kind), ("href", href)])
    };
    match part {
        Part::Window { before } => {
            feed(out, "self", &Format::Atom.address(site, view))?;
            link(
                out,
                &[("rel", "alternate"), ("type", "text/html"), ("href", &home)],
            )?;
            if let Some(hub) = &site.hub {
                link(out, &[("rel", "hub"), ("href", hub.as_str())])?;
            }
            if let Some(before) = before {
                feed(out, "prev-archive", before)?;
            }
        }
        Part::Archive { period, before } => {
            out.create_element("fh:archive").write_empty()?;
            feed(out, "self", &archive::address(site, &view.path, *period))?;
            feed(out, "current", &format!("../{}", Format::Atom.name()))?;
            if let Some(before) = before {
                feed(out, "prev-archive", &archive::name(*before))?;
            }
        }
    }
    Ok(())
}

fn entry(out: &mut Out, site: &Site, story: &Story) -> io::Result<()> {
    let shown = Shown::new(site, story);
    let language = shown.language();
    let attributes = language.map(|language| ("xml:lang", language));
    out.create_element("entry")
        .with_attributes(attributes)
        .write_inner_content(|out| {
            text(out, "id", &story.id.urn())?;
            text(out, "title", shown.title())?;
            text(out, "published", &stamp(story.published))?;
            text(out, "updated", &stamp(story.updated))?;
            let names = &story.shows.item.byline;
            let credit = [shown.credit()];
            for name in if names.is_empty() { &credit[..] } else { names } {
                out.create_element("author")
                    .write_inner_content(|out| text(out, "name", name))?;
            }
            let mut alternate = vec![
                ("rel", "alternate"),
                ("type", "text/html"),
                ("href", shown.link()),
            ];
            alternate.extend(language.map(|language| ("hreflang", language)));
            link(out, &alternate)?;
            for other in shown.others(site).chain(shown.kin(site)) {
                let title = format!("{}: {}", other.credit, other.title);
                let mut related = vec![
                    ("rel", "related"),
                    ("type", "text/html"),
                    ("href", other.link),
                    ("title", &title),
                ];
                related.extend(other.language.map(|language| ("hreflang", language)));
                link(out, &related)?;
            }
            for media in shown.media() {
                let length = media.length.map(|length| length.to_string());
                let mut enclosure = vec![("rel", "enclosure"), ("href", media.url.as_str())];
                enclosure.extend(media.kind.map(|kind| ("type", kind)));
                enclosure.extend(length.as_deref().map(|length| ("length", length)));
                link(out, &enclosure)?;
            }
            category(
                out,
                OUTLETS,
                story.shows.source.as_str(),
                shown.source_title(),
            )?;
            if let Some(mark) = shown.mark() {
                category(out, MARKS, mark.term, mark.label)?;
            }
            let lead = shown.lead();
            if !lead.is_empty() {
                text(out, "summary", &lead)?;
            }
            out.create_element("content")
                .with_attribute(("type", "html"))
                .write_text_content(BytesText::new(&xml(&content(site, &shown))))?;
            // Without a line of its own an entry is under the feed's.
            if let Some(rights) = shown.rights() {
                text(out, "rights", rights)?;
            }
            source(out, &shown)
        })?;
    Ok(())
}

/// The source as the entry's origin (S-06).
fn source(out: &mut Out, shown: &Shown<'_>) -> io::Result<()> {
    out.create_element("source").write_inner_content(|out| {
        text(out, "id", &shape::source_id(&shown.member.source))?;
        text(out, "title", shown.source_title())?;
        text(out, "updated", &stamp(shown.story.updated))?;
        match shown.outlet.and_then(|outlet| outlet.target.as_ref()) {
            Some(Target::Feed(url)) => link(out, &[("rel", "self"), ("href", url.as_str())])?,
            Some(Target::Page(url)) => link(
                out,
                &[
                    ("rel", "alternate"),
                    ("type", "text/html"),
                    ("href", url.as_str()),
                ],
            )?,
            // What programs read is no page for a reader.
            Some(Target::Sitemap(_) | Target::Json(_)) | None => {}
        }
        Ok(())
    })?;
    Ok(())
}

/// Leads to the same news in other languages.
pub const KIN: &str = "In other languages: ";

/// What a reader sees in his program: our own few tags around plain text.
pub(super) fn content(site: &Site, shown: &Shown<'_>) -> String {
    let mut html = Html::default();
    let lead = shown.lead();
    let rtl = language::direction(shown.language(), shown.title()) == "rtl";
    // Our own words are English, whatever the outlet's are.
    let is_foreign = |tag: &str| !language::is_same(tag, OURS);
    let ours = [
        ("dir", rtl.then_some("ltr")),
        (
            "lang",
            shown.language().is_some_and(is_foreign).then_some(OURS),
        ),
    ];
    html.open("p", &ours);
    if let Some(mark) = shown.mark() {
        html.raw("▶ ").text(mark.label).raw(" · ");
    }
    html.raw("<b>").text(&shown.credit()).raw("</b>");
    if let Some(byline) = shown.byline() {
        html.raw(" · By ").text(&byline);
    }
    html.raw("</p>");
    if shown.member.withdrawn.is_some() {
        html.open("p", &ours).raw(WITHDRAWN).raw(".</p>");
    }
    if !lead.is_empty() {
        let direction = language::direction(shown.language(), &lead);
        let direction = Some(direction).filter(|direction| *direction == "rtl");
        html.element("p", &[("dir", direction)], &lead);
    }
    html.open("p", &ours);
    html.element("a", &[("href", Some(shown.link()))], "READ MORE");
    html.raw("</p>");
    also(&mut html, &ours, "Also: ", shown.others(site));
    also(&mut html, &ours, KIN, shown.kin(site));
    html.finish()
}

/// Who else tells it.
fn also<'s>(
    html: &mut Html,
    ours: &[(&'static str, Option<&'static str>)],
    line: &'static str,
    others: impl Iterator<Item = Other<'s>>,
) {
    let mut others = others.peekable();
    if others.peek().is_none() {
        return;
    }
    html.open("p", ours).raw(line);
    let mut first = true;
    for other in others {
        if !first {
            html.raw(" · ");
        }
        first = false;
        html.element("a", &[("href", Some(other.link))], &other.credit);
        if let Some(language) = other.foreign {
            html.raw(" (").text(language).raw(")");
        }
    }
    html.raw("</p>");
}

pub(super) fn text(out: &mut Out, name: &str, content: &str) -> io::Result<()> {
    out.create_element(name)
        .write_text_content(BytesText::new(&xml(content)))?;
    Ok(())
}

pub(super) fn link(out: &mut Out, attributes: &[(&str, &str)]) -> io::Result<()> {
    let clean: Vec<(&str, String)> = attributes
        .iter()
        .map(|(name, value)| (*name, xml(value)))
        .collect();
    out.create_element("link")
        .with_attributes(clean.iter().map(|(name, value)| (*name, value.as_str())))
        .write_empty()?;
    Ok(())
}

pub(super) fn category(out: &mut Out, scheme: &str, term: &str, label: &str) -> io::Result<()> {
    out.create_element("category")
        .with_attributes([("scheme", scheme), ("term", term), ("label", &xml(label))])
        .write_empty()?;
    Ok(())
}
