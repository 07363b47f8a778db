import assert from 'node:assert/strict';
import {existsSync} from 'node:fs';
import {createRequire} from 'node:module';
import {chromium, type Browser, type BrowserContextOptions, type Page} from 'playwright-core';

/** Debian's. */
const program = '/usr/bin/chromium';

/**
 * Whether to skip a test that needs a browser, as `node:test` wants it: a sentence, or `false`. Where continuous
 * integration runs it must be there, so that a check that did not happen never looks like one that passed.
 */
export const skipWithoutChromium: string | false =
  process.env['CI'] === 'true' || existsSync(program)
    ? false
    : `there is no ${program}: apt-get install chromium`;

/** A browser that talks to nobody on its own. */
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

  /** Opens a page, and takes note of what goes wrong on it and of all that it asks for. */
  async open(url: string, options: BrowserContextOptions = {}): Promise<Watched> {
    const context = await this.#browser.newContext({
      viewport: {width: 1280, height: 900},
      // So that nothing moves while it is looked at.
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

/** A page, and what came of it. */
export class Watched implements AsyncDisposable {
  readonly page: Page;
  /** Errors, and what the page was kept from by its policy. */
  readonly faults: string[] = [];
  /** The addresses of what was asked for, the page itself included; not what lies in it. */
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

  /** What axe-core finds that keeps people out, a line each. */
  async barriers(): Promise<readonly string[]> {
    // Its text is run by the browser's debugger, which no policy of the page concerns.
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
