import type {Facts} from '../../src/contract/cost.ts';

/** How large a network is, and how much one image is to it. */
export interface NetworkCost {
  readonly parameters: number;
  /** Multiplications and additions, in pairs, for an image on its way forward. */
  readonly multiplyAdds: number;
  /** Layers with weights: on a GPU each takes time of its own, however small it is. */
  readonly layers: number;
}

/** The size of a network for images of a data set; `undefined`: it is none whose size is known here. */
export function networkCost(
  name: string,
  {side, channels, classes}: Facts,
): NetworkCost | undefined {
  if (side === undefined || channels === undefined || classes === undefined) return undefined;
  const input = {side, channels, classes};
  const convNet = /^ConvNet(?:D(\d+))?(?:W(\d+))?(?:AS|AR|AL|IN|BN|MP|AP)?$/.exec(name);
  if (convNet !== null) {
    return convNetCost(Number(convNet[1] ?? 3), Number(convNet[2] ?? 128), input);
  }
  if (name === 'MLP') {
    const weights = side * side * channels * 128 + 128 * 128 + 128 * classes;
    return {parameters: weights + 256 + classes, multiplyAdds: weights, layers: 3};
  }
  const known = known32[name];
  if (known === undefined) return undefined;
  const {parameters, multiplyAdds, features, layers} = known;
  return {
    parameters: parameters + (classes - 10) * (features + 1),
    multiplyAdds: multiplyAdds * (side / 32) ** 2,
    layers,
  };
}

interface Input {
  readonly side: number;
  readonly channels: number;
  readonly classes: number;
}

/** Convolutions of 3×3 with a bias, each normalised and halved, and a linear layer. */
function convNetCost(depth: number, width: number, {side, channels, classes}: Input): NetworkCost {
  // Grey images of 28×28 are padded to 32×32.
  let height = side === 28 ? 32 : side;
  let [parameters, multiplyAdds] = [0, 0];
  for (let block = 0; block < depth; block++) {
    const weights = 9 * (block === 0 ? channels : width) * width;
    parameters += weights + 3 * width;
    multiplyAdds += weights * height ** 2;
    height = Math.floor(height / 2);
  }
  const features = width * height ** 2;
  return {
    parameters: parameters + (features + 1) * classes,
    multiplyAdds: multiplyAdds + features * classes,
    layers: depth + 1,
  };
}

/**
 * Other networks for ten classes of 32×32×3, counted from their layers: convolutions and linear ones. `features` is
 * what their last layer takes.
 */
const known32: Readonly<Record<string, NetworkCost & {readonly features: number}>> = {
  LeNet: {parameters: 62_006, multiplyAdds: 0.65e6, features: 84, layers: 5},
  AlexNet: {parameters: 1_872_202, multiplyAdds: 245e6, features: 3072, layers: 6},
  VGG11: {parameters: 9_231_114, multiplyAdds: 153e6, features: 512, layers: 9},
  VGG11BN: {parameters: 9_231_114, multiplyAdds: 153e6, features: 512, layers: 9},
  ResNet18: {parameters: 11_173_962, multiplyAdds: 555e6, features: 512, layers: 21},
  ResNet18BN: {parameters: 11_173_962, multiplyAdds: 555e6, features: 512, layers: 21},
};
