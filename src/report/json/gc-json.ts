import type {GcPlan} from '../../store/upkeep/gc-plan.ts';
import type {StoredResult} from '../../store/upkeep/inventory.ts';

/** A clean-up for programs: what goes and why, what stays although it is over the limits, and what remains. */
export function gcPlanJson(plan: GcPlan): object {
  const {results, spared, runs, keptRuns, unnamed, checkpoints, fingerprints, quarantined} = plan;
  return {
    results: results.map(({result, why, freedBytes}) => ({...resultJson(result), why, freedBytes})),
    spared: spared.map(({result, why, need}) => ({...resultJson(result), why, need})),
    runs: runs.map(({run}) => run),
    keptRuns,
    unnamedArtifacts: unnamed,
    checkpoints: checkpoints.length,
    fingerprints: fingerprints.length,
    quarantined: quarantined.length,
    freedBytes: results.reduce((sum, {freedBytes}) => sum + freedBytes, unnamed.bytes),
    kept: plan.kept,
  };
}

function resultJson({key, type, usedMs}: StoredResult): object {
  return {key, type, usedAt: new Date(usedMs).toISOString()};
}
