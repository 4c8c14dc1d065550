//! What every page has around what it shows: its head, the way home, search,
//! and whom the words belong to.

use super::html::Html;
use super::{Format, Reach, STYLE, Site, View};

/// The language of our own words, whatever that of the feed.
pub(super) const OURS: &str = "en";

/// Links out tell the outlet nothing about the reader and give it no handle
/// on the page.
pub(super) const REL: &str = "noopener noreferrer";

/// The frame of a page.
pub(super) struct Frame<'f> {
    pub(super) site: &'f Site,
    /// What stands in the window's title, before the site's if it is no view.
    pub(super) title: &'f str,
    /// How the page reaches what stands at the site's own address.
    pub(super) root: &'f str,
    /// How it is reached itself.
    pub(super) reach: Reach,
    /// The view whose feeds it names, if it is of one.
    pub(super) view: Option<&'f View>,
}

impl Frame<'_> {
    /// All up to the page's header.
    pub(super) fn open(&self, html: &mut Html) {
        html.raw("<!DOCTYPE html>\n");
        html.open("html", &[("lang", Some(OURS))]);
        html.raw("\n<head>\n<meta charset=\"utf-8\">\n");
        html.raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
        html.raw("<meta name=\"color-scheme\" content=\"light dark\">\n");
        if self.view.is_none() {
            html.raw("<meta name=\"robots\" content=\"noindex\">\n");
        }
        let site = &self.site.title;
        match self.view {
            Some(_) => html.element("title", &[], self.title),
            None => html.element("title", &[], &format!("{} – {site}", self.title)),
        };
        html.raw("\n");
        html.raw("<style>").raw(STYLE).raw("</style>\n");
        // Without an icon of its own a browser asks for /favicon.ico.
        html.raw(ICON);
        for format in self.view.iter().flat_map(|_| Format::FEEDS) {
            let address = self.view.map(|view| format.address(self.site, view));
            html.open(
                "link",
                &[
                    ("rel", Some("alternate")),
                    ("type", Some(format.media_type())),
                    ("title", Some(title(format))),
                    ("href", address.as_deref()),
                ],
            );
            html.raw("\n");
        }
        html.raw("</head>\n");
    }

    /// The way home, and a search, for a page that has a headline of its own.
    pub(super) fn header(&self, html: &mut Html, typed: &str) {
        html.raw("<header>\n<p class=\"home\">");
        // In a file the page is its folder; an empty reference is no link.
        let home = if self.root.is_empty() {
            "./"
        } else {
            self.root
        };
        html.element(
            "a",
            &[
                ("href", Some(home)),
                ("lang", Some(&self.site.language)),
                ("dir", Some("auto")),
            ],
            &self.site.title,
        );
        html.raw("</p>\n");
        self.search(html, typed);
        html.raw("</header>\n");
    }

    /// A field to search with, if a search stands behind the page.
    pub(super) fn search(&self, html: &mut Html, typed: &str) {
        if self.reach == Reach::Alone {
            return;
        }
        let action = format!("{}search", self.root);
        html.open(
            "form",
            &[
                ("class", Some("search")),
                ("role", Some("search")),
                ("action", Some(&action)),
            ],
        );
        html.raw("\n<label for=\"q\">Words to look for</label>\n");
        html.open(
            "input",
            &[
                ("id", Some("q")),
                ("name", Some("q")),
                ("type", Some("search")),
                ("maxlength", Some("200")),
                ("dir", Some("auto")),
                ("value", Some(typed).filter(|typed| !typed.is_empty())),
            ],
        );
        html.raw("\n<button type=\"submit\">Search</button>\n</form>\n");
    }

    /// Whom the words belong to, who chose them, and how that goes.
    pub(super) fn imprint(&self, html: &mut Html) {
        self.owners(html);
        if self.reach == Reach::Served {
            let status = format!("{}{}", self.root, Format::Status.name());
            html.raw("<p>");
            html.element("a", &[("href", Some(&status))], "How our sources are doing");
            html.raw("</p>\n");
        }
    }

    /// Whom the words belong to, and who chose them.
    pub(super) fn owners(&self, html: &mut Html) {
        html.raw("<p>Headlines and first paragraphs belong to the outlets that are named; every story leads to its outlet.</p>\n");
        if let Some(rights) = &self.site.rights {
            let language = Some(self.site.language.as_str());
            html.element("p", &[("lang", language), ("dir", Some("auto"))], rights);
            html.raw("\n");
        }
        if let Some(contact) = &self.site.contact {
            html.raw("<p>");
            html.element("a", &[("href", Some(contact))], "Contact the editor");
            html.raw("</p>\n");
        }
    }
}

/// What a feed is called.
fn title(format: Format) -> &'static str {
    match format {
        Format::Rss => "RSS",
        Format::Json => "JSON Feed",
        _ => "Atom",
    }
}

const ICON: &str = "<link rel=\"icon\" href=\"data:image/svg+xml,\
    %3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E\
    %3Ccircle cx='8' cy='8' r='7' fill='%237a1f1f'/%3E%3C/svg%3E\">\n";
