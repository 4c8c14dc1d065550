//! The page that scofeed replaces: every shape that the editor's page had comes out as a story.
//!
//! The outlets are made up; the documents have the shapes of real ones.

use scraper::{ElementRef, Selector};

use crate::site::Site;

/// What a reader must be told of a story, in every format.
#[derive(Debug)]
struct Told {
    title: String,
    /// The byline; empty if the source names nobody.
    by: String,
    lead: String,
    link: String,
    /// Who is credited with it.
    outlet: String,
    /// The mark that it is a video.
    video: bool,
}

fn told(title: &str, link: &str) -> Told {
    Told {
        title: title.to_owned(),
        by: String::new(),
        lead: String::new(),
        link: link.to_owned(),
        outlet: String::new(),
        video: false,
    }
}

impl Told {
    fn by(self, by: &str) -> Self {
        Self {
            by: by.to_owned(),
            ..self
        }
    }

    fn lead(self, lead: &str) -> Self {
        Self {
            lead: lead.to_owned(),
            ..self
        }
    }

    fn outlet(self, outlet: &str) -> Self {
        Self {
            outlet: outlet.to_owned(),
            ..self
        }
    }

    fn video(self) -> Self {
        Self {
            video: true,
            ..self
        }
    }

    /// Whose name stands on it: the outlet's, if nobody signs.
    fn signed(&self) -> String {
        let name = if self.by.is_empty() {
            &self.outlet
        } else {
            &self.by
        };
        name.clone()
    }
}

/// The shapes of the page, newest first: as each source brought its stories
/// at one poll, sources by name, the oldest story first.
fn page() -> Vec<Told> {
    vec![
        // A headline, a byline in the text, a lead.
        told("What the SCO Summit Left Unsaid", "https://review.example/left-unsaid/")
            .by("Marek Hollander")
            .lead("The final declaration has nineteen pages. The question that every delegation had come with is on none of them.")
            .outlet("Highland Review"),
        // The topic in the lead alone, and a byline of its own.
        told("A Bank in Search of a Currency", "https://review.example/bank-currency/")
            .by("Ines Aldaya")
            .lead("When the Shanghai Cooperation Organisation gave itself a bank, it did not say in what money the bank would lend.")
            .outlet("Highland Review"),
        // A headline and a lead.
        told("SCO leaders agree on a common customs form", "https://daily.example/news/customs-form")
            .lead("Lorries are to cross four borders on one sheet of paper from next spring.")
            .outlet("The Harbour Daily"),
        // At second hand, as the text says.
        told("Joint drill to be held in spring", "https://daily.example/news/drill")
            .lead("Member states of the SCO will hold a joint rescue drill in the spring, reported Eastern Agency.")
            .outlet("The Harbour Daily"),
        // At second hand, as the document says, too.
        told("New SCO secretary general takes office, reported Eastern Agency", "https://daily.example/news/secretary")
            .lead("The handover took place in Beijing.")
            .outlet("Eastern Agency, via The Harbour Daily"),
        // Videos: an enclosure, a media object, a category, a path.
        told("Live: SCO summit opening ceremony", "https://nine.example/a/1").outlet("Channel Nine").video(),
        told("SCO summit: the family photograph", "https://nine.example/a/2").outlet("Channel Nine").video(),
        told("SCO summit: a day in three minutes", "https://nine.example/a/3").outlet("Channel Nine").video(),
        told("SCO summit: voices from the street", "https://nine.example/video/4").outlet("Channel Nine").video(),
        // A picture is no video.
        told("SCO summit in pictures", "https://nine.example/a/5").outlet("Channel Nine"),
        // A headline alone.
        told("SCO foreign ministers meet ahead of summit", "https://agency.example/20261124/7f01/c.html").outlet("The Agency"),
    ]
}

async fn site() -> Site {
    let mut site = Site::new()
        .page("agency", include_str!("../fixtures/handmade/agency.html"))
        .with("title = \"The Agency\"\ntimezone = \"Asia/Shanghai\"")
        .feed("channel", include_str!("../fixtures/handmade/channel.xml"))
        .with("title = \"Channel Nine\"")
        .feed("daily", include_str!("../fixtures/handmade/daily.xml"))
        .with("title = \"The Harbour Daily\"")
        .feed("review", include_str!("../fixtures/handmade/review.xml"))
        .with("title = \"Highland Review\"");
    site.poll().await;
    site
}

#[tokio::test]
async fn the_atom_feed_has_every_shape() {
    let stories = site().await.stories();
    assert_eq!(stories.len(), page().len());
    for (story, told) in stories.iter().zip(page()) {
        assert_eq!(
            (&story.title, &story.link, &story.lead),
            (&told.title, &told.link, &told.lead)
        );
        assert_eq!(story.authors, [told.signed()]);
        assert!(told.outlet.ends_with(&story.categories[0]), "{story:?}");
        let video = story.categories.iter().any(|label| label == "Video");
        assert_eq!(video, told.video, "{story:?}");
    }
    let media: Vec<&String> = stories.iter().flat_map(|story| &story.media).collect();
    assert_eq!(
        media,
        [
            "https://nine.example/a/1.mp4",
            "https://nine.example/a/2.m3u8",
            "https://nine.example/a/5.jpg"
        ]
    );
}

#[tokio::test]
async fn the_rss_feed_has_every_shape() {
    let items = site().await.rss().items;
    assert_eq!(items.len(), page().len());
    for (item, told) in items.iter().zip(page()) {
        assert_eq!(item.title.as_deref(), Some(told.title.as_str()));
        assert_eq!(item.link.as_deref(), Some(told.link.as_str()));
        let creators = &item.dublin_core_ext.as_ref().unwrap().creators;
        assert_eq!(*creators, [told.signed()]);
        let video = item.categories.iter().any(|c| c.name == "Video");
        assert_eq!(video, told.video, "{item:?}");
        let text = item.description.as_deref().unwrap();
        for part in [&told.lead, &told.outlet, &told.by, &told.link] {
            assert!(text.contains(part.as_str()), "{part} in {text}");
        }
        assert_eq!(text.contains("▶ Video"), told.video);
        assert!(text.contains("READ MORE"));
    }
}

#[tokio::test]
async fn the_page_has_every_shape() {
    let html = site().await.html();
    let articles = all(html.root_element(), "article");
    assert_eq!(articles.len(), page().len());
    for (article, told) in articles.into_iter().zip(page()) {
        let link = |css: &str| all(article, css)[0].attr("href");
        assert_eq!(text(article, "h2 a"), told.title);
        assert_eq!(link("h2 a"), Some(told.link.as_str()));
        assert_eq!(text(article, ".more a"), "READ MORE");
        assert_eq!(link(".more a"), Some(told.link.as_str()));
        assert_eq!(text(article, ".p-author"), told.outlet);
        assert_eq!(text(article, ".p-summary"), told.lead);
        let by = text(article, ".byline");
        assert_eq!(by.strip_prefix("By ").unwrap_or_default(), told.by);
        assert_eq!(all(article, ".video").len(), usize::from(told.video));
    }
}

fn all<'a>(inside: ElementRef<'a>, css: &str) -> Vec<ElementRef<'a>> {
    inside.select(&Selector::parse(css).unwrap()).collect()
}

/// The text of what the selector finds; empty if it finds nothing.
fn text(inside: ElementRef<'_>, css: &str) -> String {
    all(inside, css).iter().flat_map(ElementRef::text).collect()
}
