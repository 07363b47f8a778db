import {groupBy} from '../../base/group-by.ts';
import {stageOf} from '../../pipeline/graph/stage-of.ts';
import type {FiguresById} from './chart-parts.ts';
import {markdownBlocks} from './markdown-blocks.ts';
import type {TextPart} from './parts.ts';

/** So many texts are shown, those of the last stages first. */
const shownTexts = 24;

/** What instances wrote for people: tables first, with the same in other formats beside them. */
export function textParts(
  all: FiguresById,
  /** Whether nothing takes in what an instance made. */
  isFinal: (id: string) => boolean,
): readonly TextPart[] {
  const parts = all.flatMap(([title, {texts}]): readonly TextPart[] => {
    const markdown = texts.filter(({media}) => media === 'markdown');
    const others = texts.filter(
      ({media}) => media !== 'markdown' && (markdown.length > 0 || isFinal(title)),
    );
    const blocks = markdown.flatMap(({text}) => markdownBlocks(text));
    if (blocks.length === 0 && others.length === 0) return [];
    return [
      {title, blocks, sources: [...markdown, ...others].map(({name, text}) => ({name, text}))},
    ];
  });
  const rank = ({blocks}: TextPart): number => (blocks.some(({kind}) => kind === 'table') ? 0 : 1);
  const stages = [...groupBy(parts, ({title}) => stageOf(title)).values()];
  return stages
    .toReversed()
    .flat()
    .sort((a, b) => rank(a) - rank(b))
    .slice(0, shownTexts);
}
