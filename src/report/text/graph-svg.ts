import {InternalError} from '../../base/internal-error.ts';
import {dotFont} from './graph-text.ts';

/** Draws a graph in Graphviz's language as an SVG without external references. */
export async function graphSvg(dot: string): Promise<string> {
  const {instance} = await import('@viz-js/viz');
  const graphviz = await instance();
  const result = graphviz.render(dot, {format: 'svg'});
  if (result.status === 'failure') {
    const reasons = result.errors.map(({message}) => message).join('; ');
    throw new InternalError(`Graphviz does not understand the graph: ${reasons}`);
  }
  // The text before it refers to a document type on the web.
  const svg = result.output.slice(result.output.indexOf('<svg'));
  return svg.replaceAll(
    `font-family="${dotFont}"`,
    `font-family="${dotFont},DejaVu Sans,sans-serif"`,
  );
}
