import {readFile, readdir} from 'node:fs/promises';
import path from 'node:path';
import {digestFile} from '../../dist/src/base/digest.js';
import {readScores} from '../../dist/src/learning/codecs/scores.js';
import {parsePublishedScores} from '../../dist/src/learning/scores/published-scores.js';
import {scoreCells} from '../../dist/src/learning/scores/score-cells.js';
import {scoreTable} from '../../dist/src/learning/scores/score-table.js';
import {formatDuration} from '../../dist/src/report/format/duration.js';
import {renderMarkdown} from '../../dist/stages/table/render.js';

const head = `# Evidence

Each section is a run whose table is kept in [\`results/\`](../results): the command, what came out, and what was published or another
program gave. In a new store, leave out \`--stored\`, which starts nothing and only tabulates what is stored. \`cifar10-jpeg.tar.gz\` is an
archive of CIFAR-10 as JPEG files, \`cifar10/train/CLASS/….jpg\` and \`cifar10/test/CLASS/….jpg\`. Cells have mean ± population standard deviation (trials) in percent, and [95 % confidence intervals](paper.md#what-a-difference-means):
over sets where a cell tells their number, otherwise over the networks of one set. Δ is the difference in percentage points: from what was
published, or from the set that it names. \`run.json\` has the key of each result and the
digests of its files, which the same commit gives again on such a processor, and of the pipeline file, which may be newer than the
commit. \`npm run results\` writes this page.
`;

/** The text of docs/evidence.md: a section for each folder of results, by name. */
export async function evidencePage(results) {
  const names = (await readdir(results)).sort();
  const sections = names.map((name) => sectionOf(path.join(results, name), name));
  return [head, ...(await Promise.all(sections))].join('\n');
}

async function sectionOf(folder, name) {
  const run = JSON.parse(await readFile(path.join(folder, 'run.json'), 'utf8'));
  await assertRecorded(folder, run);
  const {scores} = await readScores(path.join(folder, 'scores.arrow'));
  const published = await publishedIn(folder);
  const layout = {...run.layout, interval: 95};
  const markdown = renderMarkdown(scoreTable(scoreCells(scores), layout, published));
  // The page's head says what the table's first paragraph does.
  const table = markdown.slice(markdown.indexOf('\n\n') + 2);
  const files = [
    'table.csv',
    'scores.arrow',
    'run.json',
    ...(published.length > 0 ? ['published.csv'] : []),
  ];
  const held = `[results/${name}](../results/${name}) has ${files.join(', ')}`;
  const facts = [...factsOf(run), held].map((fact) => `- ${fact}\n`);
  return `## ${name}\n\n\`\`\`sh\n${run.command}\n\`\`\`\n\n${facts.join('')}\n${table}`;
}

function factsOf(run) {
  const {version, commit, pipeline, node, processor, engines, startedAt, wallMs, workMs} = run;
  const {ran, records} = run;
  const stored = records.length - ran;
  const rest = stored === 0 ? '' : ` and found ${stored} stored`;
  const file = pipeline === undefined ? '' : `, pipeline \`${pipeline.slice(0, 8)}\``;
  return [
    `Distillery ${version} at commit \`${commit.slice(0, 8)}\`${file}, Node ${node}, ${processor}`,
    engines.join('; '),
    `The run of ${startedAt.slice(0, 10)} made ${ran} ${ran === 1 ? 'result' : 'results'}${rest} in ${formatDuration(wallMs)}. All took ${formatDuration(workMs)} of work.`,
  ];
}

async function publishedIn(folder) {
  const file = path.join(folder, 'published.csv');
  try {
    return parsePublishedScores(await readFile(file, 'utf8'), file);
  } catch (error) {
    if (error.code === 'ENOENT') return [];
    throw error;
  }
}

/** The files are those of the run's record, or the page would show what no run made. */
async function assertRecorded(folder, {stage, records}) {
  const {outputs} = records.find(({instance}) => instance === stage);
  for (const [name, [digest]] of [
    ['table.csv', outputs.csv],
    ['scores.arrow', outputs.scores],
  ]) {
    const file = path.join(folder, name);
    if ((await digestFile(file)) === digest) continue;
    throw new Error(`${file} is not the file that run.json records: collect the run again.`);
  }
}
