import {InternalError} from '../../base/internal-error.ts';
import {dotFont} from './graph-text.ts';

/** Draws a graph in the language of Graphviz as an SVG that refers to nothing outside it. */
export async function graphSvg(dot: string): Promise<string> {
  const {instance} = await import('@viz-js/viz');
  const graphviz = await instance();
  const result = graphviz.render(dot, {format: 'svg'});
  if (result.status === 'failure') {
    const reasons = result.errors.map(({message}) => message).join('; ');
    throw new InternalError(`Graphviz does not understand the graph: ${reasons}`);
  }
  // What comes before names a document type that lies on the web.
  const svg = result.output.slice(result.output.indexOf('<svg'));
  return svg.replaceAll(
    `font-family="${dotFont}"`,
    `font-family="${dotFont},DejaVu Sans,sans-serif"`,
  );
}
