import assert from 'node:assert/strict';
import {existsSync} from 'node:fs';
import {createRequire} from 'node:module';
import {chromium, type Browser, type BrowserContextOptions, type Page} from 'playwright-core';

/** Debian's Chromium. */
const program = '/usr/bin/chromium';

/**
 * Whether to skip a test that needs a browser, in the form of `node:test`: a sentence, or `false`. In continuous
 * integration the browser must exist, so that a check that did not happen never looks like one that passed.
 */
export const skipWithoutChromium: string | false =
  process.env['CI'] === 'true' || existsSync(program)
    ? false
    : `there is no ${program}: apt-get install chromium`;

/** A browser without network traffic of its own. */
export class Chromium implements AsyncDisposable {
  readonly #browser: Browser;

  private constructor(browser: Browser) {
    this.#browser = browser;
  }

  static async start(): Promise<Chromium> {
    const args = [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ];
    return new Chromium(await chromium.launch({executablePath: program, args}));
  }

  /** Opens a page, and records its errors and requests. */
  async open(url: string, options: BrowserContextOptions = {}): Promise<Watched> {
    const context = await this.#browser.newContext({
      viewport: {width: 1280, height: 900},
      // Turns off animations.
      reducedMotion: 'reduce',
      ...options,
    });
    const page = await context.newPage();
    const watched = new Watched(page);
    await page.goto(url);
    return watched;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
  }
}

/** A page with its recorded errors and requests. */
export class Watched implements AsyncDisposable {
  readonly page: Page;
  /** Errors, and actions that the page's policy blocked. */
  readonly faults: string[] = [];
  /** The addresses of requests, including the page itself but not embedded data. */
  readonly requests: string[] = [];

  constructor(page: Page) {
    this.page = page;
    page.on('pageerror', (error) => this.faults.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning')
        this.faults.push(message.text());
    });
    page.on('request', (request) => {
      if (!request.url().startsWith('data:')) this.requests.push(request.url());
    });
  }

  /** The accessibility violations that axe-core finds, one line each. */
  async barriers(): Promise<readonly string[]> {
    // The debugger runs its text, so the page's policy does not apply.
    await this.page.evaluate(axe);
    const found = (await this.page.evaluate('axe.run(document)')) as {
      readonly violations: readonly {
        readonly id: string;
        readonly help: string;
        readonly nodes: readonly {readonly html: string}[];
      }[];
    };
    return found.violations.map(({id, help, nodes}) => `${id}: ${help}: ${nodes[0]?.html}`);
  }

  /** Fails if the page is wider than its window. */
  async assertFits(): Promise<void> {
    const [wide, window] = (await this.page.evaluate(
      '[document.documentElement.scrollWidth, innerWidth]',
    )) as [number, number];
    assert.ok(wide <= window, `${wide} pixels in ${window}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.page.context().close();
  }
}

const {source: axe} = createRequire(import.meta.url)('axe-core') as {readonly source: string};
