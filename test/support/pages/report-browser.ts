/** Pages of ours in a real browser, which tells everything that should not have happened. */
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium, type Browser, type BrowserContextOptions, type Page } from "playwright-core";

export const executablePath = process.env["PLIMSOLL_CHROMIUM"] ?? "/usr/bin/chromium";
export const hasBrowser = existsSync(executablePath);

const ARGUMENTS = [
  ...["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"],
  ...["--disable-background-networking", "--disable-component-update", "--disable-sync"],
];

export const DESKTOP: BrowserContextOptions = { viewport: { width: 1280, height: 900 } };

export interface Opened {
  readonly page: Page;
  /** Console messages, exceptions, dialogs, and every request but the one for the file itself. */
  readonly complaints: readonly string[];
}

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath, args: ARGUMENTS });
}

/** Writes the page to a file of this folder and opens it from there, as a person does. */
export async function openPage(
  browser: Browser,
  folder: string,
  html: string,
  options: BrowserContextOptions = DESKTOP,
): Promise<Opened> {
  const file = join(folder, "report.html");
  writeFileSync(file, html);
  const page = await (await browser.newContext(options)).newPage();
  const complaints: string[] = [];
  const address = pathToFileURL(file).href;
  page.on("console", (message) => complaints.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => complaints.push(`exception: ${error.message}`));
  page.on("dialog", (dialog) => complaints.push(`dialog: ${dialog.message()}`));
  page.on("request", (request) => {
    const url = request.url();
    if (url !== address && !url.startsWith("data:")) complaints.push(`request: ${url}`);
  });
  await page.goto(address);
  return { page, complaints };
}

// What runs in the page is text here: this project is typed for Node, not for a browser.

/** How many different colours every canvas has: a blank one has one. */
export function coloursOfCanvases(page: Page): Promise<readonly number[]> {
  return page.evaluate<number[]>(`[...document.querySelectorAll("canvas")].map((canvas) => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return new Set(new Uint32Array(data.buffer)).size;
  })`);
}
