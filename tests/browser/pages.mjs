// The pages in a real browser: narrow and wide, light and dark.
//
// usage: node pages.mjs PROGRAM PICTURES
//
// Of every page of the demo: axe-core finds no violation; one request paints
// it; nothing is asked of another host; the console stays empty; nothing is
// wider than the window. Pictures of all are left in PICTURES, to be looked at.

import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const WIDTHS = [320, 768, 1440];
const SCHEMES = ["light", "dark"];

// A name for the pictures, and where the page is: an address, or the link that
// a selector finds on the main page. The status is 200, if nothing is said.
const PAGES = [
  ["page", { address: "/" }],
  ["persian", { address: "/lang/fa/" }],
  ["chinese", { address: "/lang/zh/" }],
  ["search", { address: "/search?q=SCO" }],
  ["nothing", { address: "/search?q=nothing-has-this" }],
  ["story", { link: "article:has(.also) a.u-uid" }],
  ["status", { address: "/status" }],
  ["lost", { address: "/no-such-page", status: 404 }],
  ["persian-story", { link: "article:has([lang|=fa]) a.u-uid" }],
];

const [program, pictures] = process.argv.slice(2);
const data = mkdtempSync(join(tmpdir(), "scofeed-"));
const demo = spawn(program, ["demo", "--listen", "127.0.0.1:0", "--data", data], {
  stdio: ["ignore", "ignore", "pipe"],
});
const wrong = [];

try {
  const home = await served();
  mkdirSync(pictures, { recursive: true });
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
  try {
    for (const scheme of SCHEMES) {
      for (const width of WIDTHS) {
        const context = await browser.newContext({
          colorScheme: scheme,
          viewport: { width, height: 900 },
          // The page has no script of its own, and must not need any.
          bypassCSP: false,
        });
        for (const [name, place] of PAGES) {
          await look(context, home, name, place, `${width}-${scheme}`);
        }
        await context.close();
      }
    }
  } finally {
    await browser.close();
  }
} finally {
  demo.kill("SIGKILL");
  rmSync(data, { recursive: true, force: true });
}

if (wrong.length > 0) {
  console.error(wrong.join("\n"));
  process.exit(1);
}
const looks = PAGES.length * WIDTHS.length * SCHEMES.length;
console.log(`note: ${looks} looks at ${PAGES.length} pages: no violation, one request each`);

/** Where the demo serves, once it has read all its sources. */
async function served() {
  let home;
  for await (const line of createInterface({ input: demo.stderr })) {
    home ??= /the page: +(http:\/\/\S+)/.exec(line)?.[1];
    if (line.includes("the first round is done")) {
      demo.stderr.resume();
      return home;
    }
  }
  throw new Error("the demo ended before it was ready");
}

async function look(context, home, name, place, form) {
  const page = await context.newPage();
  const complain = (what) => wrong.push(`${name} ${form}: ${what}`);
  const { status = 200 } = place;
  page.on("console", (message) => {
    // The browser's own word on the answer itself.
    if (status === 404 && message.text().includes("status of 404")) return;
    complain(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => complain(`error: ${error.message}`));
  const asked = [];
  page.on("request", (request) => {
    if (!request.url().startsWith("data:")) asked.push(request.url());
  });

  const address = await find(page, home, place);
  asked.length = 0;
  const answer = await page.goto(address, { waitUntil: "networkidle" });
  if (answer.status() !== status) complain(`status ${answer.status()}`);
  if (asked.length !== 1) complain(`requests: ${asked.join(" ")}`);
  const { wide, room } = await page.evaluate(() => ({
    wide: document.documentElement.scrollWidth,
    room: document.documentElement.clientWidth,
  }));
  if (wide > room) complain(`${wide} px wide in a window of ${room}`);
  await page.screenshot({ path: join(pictures, `${name}-${form}.png`), fullPage: true });

  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => globalThis.axe.run());
  for (const { id, help, nodes } of violations) {
    complain(`${id}: ${help}: ${nodes.map((node) => node.html).slice(0, 3).join(" | ")}`);
  }
  await page.close();
}

async function find(page, home, { address, link }) {
  if (address) return new URL(address, home).href;
  await page.goto(home);
  return page.locator(link).first().evaluate((anchor) => anchor.href);
}
