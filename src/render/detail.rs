//! The pages that are made when somebody asks for them: a story with all that
//! is known of it, and what a search finds.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::article::{MOMENT, Place, Showing, article};
use super::frame::{Frame, REL};
use super::html::Html;
use super::shape::{Credited, Shown, WITHDRAWN, published_lead, stamp};
use super::{Format, Reach, Sheet, Site, updated};
use crate::model::{Field, How, List, Member, Reason, Revision, Story, WebUrl};
use crate::text::query::Query;

/// Stories that one answer to a search shows.
pub const FOUND_AT_MOST: usize = 50;

/// Pages of what a search finds: whoever looks for more says more.
pub const FOUND_PAGES: usize = 20;

/// A story with all that is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detail {
    /// The story.
    pub story: Story,
    /// Its members as they came, the one that is shown among them.
    pub told: Vec<Told>,
}

/// How a member came to its story.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The member.
    pub member: Member,
    /// What it said before it was reworded, the oldest first.
    pub before: Vec<Revision>,
    /// Since when it says what it says.
    pub since: Timestamp,
    /// The evidence in words; empty for the founder.
    pub said: String,
    /// Why it is about the topic.
    pub reasons: Vec<Reason>,
}

/// A story's own page. `shaped` is when the settings last changed.
pub fn story(site: &Site, detail: &Detail, shaped: Timestamp, reach: Reach) -> Sheet {
    let story = &detail.story;
    let shown = Shown::new(site, story);
    let frame = Frame {
        site,
        title: shown.title(),
        root: "../",
        reach,
        view: None,
    };
    let mut html = Html::default();
    frame.open(&mut html);
    html.raw("<body>\n<a class=\"skip\" href=\"#story\">Skip to the story</a>\n");
    frame.header(&mut html, "");
    html.raw("<main id=\"story\">\n");
    let showing = Showing {
        site,
        place: Place::OwnPage,
        root: "../",
        reach,
        query: None,
    };
    article(&mut html, &showing, story);
    told(&mut html, &showing, detail);
    kin(&mut html, &showing, story);
    times(&mut html, story);
    html.raw("</main>\n<footer>\n");
    frame.imprint(&mut html);
    html.raw("</footer>\n</body>\n</html>\n");

    let told = detail.told.iter().map(|told| told.member.seen).max();
    let changed = updated(std::slice::from_ref(story)).max(told);
    let changed = changed.map_or(shaped, |changed| changed.max(shaped));
    let path = format!("/story/{}", story.id);
    let bytes = html.finish().into_bytes();
    Sheet::new(path, Format::Story, bytes, None, [0; 32], changed, None)
}

/// Who told it, in the order in which it was seen, and how each came here.
fn told(html: &mut Html, showing: &Showing<'_>, detail: &Detail) {
    html.raw(
        "<section class=\"told\" aria-labelledby=\"told\">\n\
         <h2 id=\"told\">Who told it</h2>\n<ol>\n",
    );
    for told in &detail.told {
        let member = &told.member;
        html.raw("<li>\n");
        origin(html, showing.site, member);
        html.raw("<p dir=\"auto\">");
        html.element(
            "a",
            &[
                ("href", member.item.link.as_ref().map(WebUrl::as_str)),
                ("rel", Some(REL)),
                ("lang", member.item.language.as_deref()),
            ],
            &member.item.title,
        );
        html.raw("</p>\n<p class=\"why\">");
        match member.how {
            How::Founder => html.raw("The first that we saw."),
            _ if told.said.is_empty() => html.raw("The same story."),
            _ => html.raw("The same story: ").text(&told.said).raw("."),
        };
        html.raw("</p>\n");
        if let Some(since) = member.withdrawn {
            html.raw("<p class=\"mark withdrawn\">").raw(WITHDRAWN);
            html.raw(": gone since ");
            moment(html, since);
            html.raw("</p>\n");
        }
        reasons(html, &told.reasons);
        before(html, showing.site, told);
        html.raw("</li>\n");
    }
    html.raw("</ol>\n</section>\n");
}

/// Where a member comes from, and when we first saw it.
fn origin(html: &mut Html, site: &Site, member: &Member) {
    let credited = Credited::new(site, member);
    html.raw("<p class=\"origin\">");
    html.element("bdi", &[], &credited.credit);
    if let Some(name) = credited.foreign(site) {
        html.raw(" ");
        let language = member.item.language.as_deref();
        html.element(
            "span",
            &[("class", Some("language")), ("lang", language)],
            name,
        );
    }
    html.raw(" <span>seen ");
    moment(html, member.seen);
    html.raw("</span></p>\n");
}

/// Since when a member that was reworded says what it says, and what it said
/// before: headline, and lead where that was another.
fn before(html: &mut Html, site: &Site, told: &Told) {
    if told.before.is_empty() {
        return;
    }
    let outlet = site.outlets.get(&told.member.source);
    let lead = |lead: &str| published_lead(outlet, lead);
    let language = told.member.item.language.as_deref();
    html.raw("<p class=\"why\">In these words since ");
    moment(html, told.since);
    html.raw(".</p>\n<details class=\"before\">\n<summary>What it said before</summary>\n<ol>\n");
    let mut said = String::new();
    for Revision {
        since,
        title,
        lead: full,
    } in &told.before
    {
        html.raw("<li>\n<p class=\"why\">since ");
        moment(html, *since);
        html.raw("</p>\n<p dir=\"auto\">");
        html.element("span", &[("lang", language)], title);
        html.raw("</p>\n");
        let now = lead(full);
        if !now.is_empty() && now != said {
            html.element("p", &[("dir", Some("auto")), ("lang", language)], &now);
            html.raw("\n");
        }
        said = now;
        html.raw("</li>\n");
    }
    html.raw("</ol>\n</details>\n");
}

/// The same news in other languages, and what says that it is the same.
fn kin(html: &mut Html, showing: &Showing<'_>, story: &Story) {
    if story.kin.is_empty() {
        return;
    }
    html.raw(
        "<section class=\"told\" aria-labelledby=\"kin\">\n\
         <h2 id=\"kin\">In other languages</h2>\n<ul>\n",
    );
    for kin in &story.kin {
        html.raw("<li>\n");
        origin(html, showing.site, &kin.shows);
        html.raw("<p dir=\"auto\">");
        let language = kin.shows.item.language.as_deref();
        let page = showing.page(kin.id);
        html.element(
            "a",
            &[
                ("href", Some(&page)),
                ("hreflang", language),
                ("lang", language),
            ],
            &kin.shows.item.title,
        );
        html.raw("</p>\n<p class=\"why\">Perhaps the same news: ")
            .text(&kin.said)
            .raw(".</p>\n</li>\n");
    }
    html.raw("</ul>\n</section>\n");
}

/// The words that make it a story about the topic.
fn reasons(html: &mut Html, reasons: &[Reason]) {
    let counts = |reason: &&Reason| {
        reason.unless.is_none() && matches!(reason.list, List::Strong | List::Weak)
    };
    let mut reasons = reasons.iter().filter(counts).peekable();
    if reasons.peek().is_none() {
        return;
    }
    html.raw("<p class=\"why\">About our topic by ");
    let mut first = true;
    for reason in reasons {
        if !first {
            html.raw(", ");
        }
        first = false;
        html.raw("“").element("bdi", &[], &reason.matched);
        html.raw(match reason.field {
            Field::Title => "” in the headline",
            Field::Summary => "” in the lead",
            Field::Categories => "” in the categories",
            Field::Content => "” in the text",
        });
        if let Some(near) = &reason.context {
            html.raw(" near “")
                .element("bdi", &[], &near.matched)
                .raw("”");
        }
    }
    html.raw(".</p>\n");
}

/// When it stood where, and its id.
fn times(html: &mut Html, story: &Story) {
    html.raw(
        "<section aria-labelledby=\"times\">\n<h2 id=\"times\">When</h2>\n<dl>\n\
         <dt>Published</dt><dd>",
    );
    moment(html, story.published);
    html.raw("</dd>\n<dt>Here since</dt><dd>");
    moment(html, story.entered);
    html.raw("</dd>\n");
    if story.updated > story.entered {
        html.raw("<dt>Reworded</dt><dd>");
        moment(html, story.updated);
        html.raw("</dd>\n");
    }
    html.raw("<dt>Id, for ever</dt><dd><code>");
    html.text(&story.id.urn())
        .raw("</code></dd>\n</dl>\n</section>\n");
}

fn moment(html: &mut Html, moment: Timestamp) {
    let words = TimeZone::UTC.to_datetime(moment);
    let words = words.strftime(MOMENT).to_string();
    html.element("time", &[("datetime", Some(&stamp(moment)))], &words);
}

/// What somebody looks for.
#[derive(Clone, Copy, Debug)]
pub struct Search<'s> {
    /// What was typed.
    pub typed: &'s str,
    /// The words in it.
    pub query: Option<&'s Query>,
    /// Which page of what is found, counted from 1.
    pub page: usize,
}

/// What a search finds: a page of it. `stories` are at most one more than are
/// shown.
pub fn search(site: &Site, search: &Search<'_>, stories: &[Story]) -> Sheet {
    let Search { typed, query, page } = *search;
    let frame = Frame {
        site,
        title: "Search",
        root: "",
        reach: Reach::Served,
        view: None,
    };
    let mut html = Html::default();
    frame.open(&mut html);
    html.raw("<body>\n<a class=\"skip\" href=\"#found\">Skip to the stories</a>\n");
    frame.header(&mut html, typed);
    html.raw("<main id=\"found\">\n<h1>");
    match (query, stories.len()) {
        (None, _) => html.raw("Search"),
        (Some(_), 0) if page == 1 => html.raw("No story has these words"),
        (Some(_), 0) => html.raw("No more stories"),
        (Some(_), many) if page > 1 => {
            let newer = FOUND_AT_MOST * (page - 1);
            let last = newer + many.min(FOUND_AT_MOST);
            html.text(&format!("Stories {} to {last}", newer + 1))
        }
        (Some(_), 1) => html.raw("One story"),
        (Some(_), many) if many > FOUND_AT_MOST => html
            .raw("The last ")
            .text(&FOUND_AT_MOST.to_string())
            .raw(" stories"),
        (Some(_), many) => html.text(&many.to_string()).raw(" stories"),
    };
    html.raw("</h1>\n");
    if query.is_none() || stories.is_empty() {
        html.raw(
            "<p class=\"older\">All words must stand in a story, in any order. Words in quotes must \
             stand as they are.</p>\n",
        );
    }
    let showing = Showing {
        site,
        place: Place::Found,
        root: "",
        reach: Reach::Served,
        query,
    };
    for story in stories.iter().take(FOUND_AT_MOST) {
        article(&mut html, &showing, story);
    }
    ways(&mut html, search, stories.len() > FOUND_AT_MOST);
    html.raw("</main>\n<footer>\n");
    frame.imprint(&mut html);
    html.raw("</footer>\n</body>\n</html>\n");
    let path = "/search".to_owned();
    let bytes = html.finish().into_bytes();
    let changed = updated(stories).unwrap_or_default();
    Sheet::new(path, Format::Search, bytes, None, [0; 32], changed, None)
}

/// The ways to what is found before and after this page.
fn ways(html: &mut Html, search: &Search<'_>, has_older: bool) {
    let page = search.page;
    let newer = (page > 1).then(|| (page - 1, "prev", "Newer stories"));
    let older = (has_older && page < FOUND_PAGES).then(|| (page + 1, "next", "Older stories"));
    if newer.or(older).is_none() {
        return;
    }
    html.raw("<nav class=\"ways\" aria-label=\"More\">\n");
    for (page, rel, words) in newer.into_iter().chain(older) {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("q", search.typed)
            .append_pair("page", &page.to_string())
            .finish();
        let href = format!("search?{query}");
        html.element("a", &[("href", Some(&href)), ("rel", Some(rel))], words);
        html.raw("\n");
    }
    html.raw("</nav>\n");
}
