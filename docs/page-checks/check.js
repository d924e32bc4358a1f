// Looks at pages of qroar in Chromium as people meet them: wide and narrow, light and dark, with and without scripts, by
// keyboard, on paper. Ends with 1 where something is wrong.
//
//   cd docs/page-checks && npm install && node check.js PAGE.html...
//
// Also of the live page of a run under way: node check.js http://127.0.0.1:8123/ http://127.0.0.1:8123/report
//
// Chromium is taken from CHROMIUM, /usr/bin/chromium or /usr/bin/google-chrome.
'use strict';
const fs = require('fs');
const path = require('path');
const {chromium} = require('playwright-core');
const axe = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

const executablePath = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/google-chrome'].find(each => each && fs.existsSync(each));
let wrong = 0;
const tell = (page, what) => {
  wrong++;
  console.log('WRONG ' + path.basename(page) + ': ' + what);
};

const place = file => /^https?:/.test(file) ? file : 'file://' + path.resolve(file);
// A live page asks its own server for its parts.
const isOwn = (url, file) => url === place(file) || url.startsWith('blob:')
  || /^http/.test(file) && new URL(url).origin === new URL(file).origin;

async function looks(browser, file, width, colorScheme, javaScriptEnabled) {
  const context = await browser.newContext({viewport: {width, height: 900}, colorScheme, javaScriptEnabled, bypassCSP: javaScriptEnabled});
  const page = await context.newPage();
  page.on('pageerror', error => tell(file, 'script: ' + error.message));
  const asked = [];
  page.on('request', request => asked.push(request.url()));
  await page.goto(place(file));
  const scroll = await page.evaluate(() => document.documentElement.scrollWidth);
  if (scroll > width) {
    tell(file, `${scroll} px wide in a window of ${width}`);
  }
  const beyond = asked.filter(url => !isOwn(url, file));
  if (beyond.length) {
    tell(file, 'asks for ' + beyond.join(', '));
  }
  let found = '';
  if (javaScriptEnabled) {
    await page.evaluate(() => document.querySelectorAll('details').forEach(details => {
      details.open = true;
    }));
    await page.evaluate(axe);
    const result = await page.evaluate(() => window.axe.run(document, {resultTypes: ['violations']}));
    result.violations.forEach(violation => tell(file, `${width} ${colorScheme}: ${violation.id} (${violation.impact}): `
      + violation.nodes.slice(0, 3).map(node => node.target.join(' ') + ' ' + (node.any[0] ? node.any[0].message : '')).join(' | ')));
    found = `, axe: ${result.passes.length} rules hold, ${result.violations.length} do not`;
  }
  console.log(`${path.basename(file)} ${width} px ${colorScheme} ${javaScriptEnabled ? '' : 'without scripts '}ok to ${scroll} px${found}`);
  await context.close();
}

async function keyboard(browser, file) {
  const context = await browser.newContext({viewport: {width: 390, height: 900}});
  const page = await context.newPage();
  await page.goto(place(file));
  const stops = await page.evaluate(() => Array.from(document.querySelectorAll('a[href], button, input, summary, [tabindex="0"]'))
    .filter(element => element.checkVisibility({contentVisibilityAuto: true})).length);
  let last = -1;
  let reached = 0;
  for (let i = 0; i < stops; i++) {
    await page.keyboard.press('Tab');
    const at = await page.evaluate(() => {
      const all = Array.from(document.querySelectorAll('*'));
      const style = getComputedStyle(document.activeElement);
      return {place: all.indexOf(document.activeElement), name: document.activeElement.tagName,
        ring: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1};
    });
    if (at.name === 'BODY') {
      break;
    }
    reached++;
    if (at.place < last) {
      tell(file, 'the keyboard goes back at stop ' + reached);
    }
    if (!at.ring) {
      tell(file, `stop ${reached} (${at.name}) shows no ring`);
    }
    last = at.place;
  }
  if (reached < stops) {
    tell(file, `the keyboard reaches ${reached} of ${stops} stops`);
  }
  console.log(`${path.basename(file)} keyboard: ${reached} stops in order, each with a ring`);
  await context.close();
}

async function enhancements(browser, file) {
  const context = await browser.newContext({viewport: {width: 1440, height: 900}, acceptDownloads: true});
  const page = await context.newPage();
  await page.goto(place(file));
  for (const word of ['SVG', 'CSV', 'LaTeX']) {
    const button = page.locator('.take button', {hasText: word}).first();
    if (await button.count()) {
      const [download] = await Promise.all([page.waitForEvent('download'), button.click()]);
      const text = fs.readFileSync(await download.path(), 'utf8');
      const start = {SVG: '<svg', CSV: '', LaTeX: '% '}[word];
      if (text.length < 40 || !text.startsWith(start)) {
        tell(file, word + ' saves ' + JSON.stringify(text.slice(0, 40)));
      }
      console.log(`${path.basename(file)} saves ${download.suggestedFilename()}, ${text.length} characters`);
    }
  }
  const head = page.locator('table.sort th button').nth(1);
  if (await head.count()) {
    await head.click();
    const sorted = await page.locator('th[aria-sort="ascending"]').count();
    if (sorted !== 1) {
      tell(file, 'a click on a head sorts ' + sorted + ' columns');
    }
  }
  const filter = page.locator('.tools input:visible').first();
  if (await filter.count()) {
    await filter.fill('no such row');
    const text = await page.locator('.tools:visible [role=status]').first().textContent();
    if (!text.startsWith('0 of ')) {
      tell(file, 'a filter that nothing fits shows ' + text);
    }
  }
  await context.close();
}

async function paper(browser, file) {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(place(file));
  const pdf = await page.pdf({format: 'A4', preferCSSPageSize: true});
  const pages = (pdf.toString('latin1').match(/\/Type\s*\/Page[^s]/g) || []).length;
  console.log(`${path.basename(file)} on paper: ${pages} pages`);
  if (process.env.MOST_PAGES && pages > Number(process.env.MOST_PAGES)) {
    tell(file, `${pages} pages on paper`);
  }
  await context.close();
}

(async () => {
  if (!executablePath) {
    console.log('no Chromium: name one in CHROMIUM');
    process.exit(4);
  }
  const browser = await chromium.launch({executablePath, args: ['--no-sandbox']});
  for (const file of process.argv.slice(2)) {
    for (const width of [1440, 390]) {
      for (const scheme of ['light', 'dark']) {
        await looks(browser, file, width, scheme, true);
      }
      await looks(browser, file, width, 'light', false);
    }
    await keyboard(browser, file);
    await enhancements(browser, file);
    await paper(browser, file);
  }
  await browser.close();
  console.log(wrong ? wrong + ' things are wrong' : 'nothing is wrong');
  process.exit(wrong ? 1 : 0);
})();
