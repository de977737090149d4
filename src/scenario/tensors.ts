/** Tensors for requests to inference servers. */
import { usageError } from "../core/errors.ts";
import { elementBytes, type Datatype, type Tensor } from "../core/tensor.ts";
import { suggestName } from "./nearest.ts";

type Elements = readonly (number | string | boolean)[] | ArrayLike<number>;

/**
 * A tensor. Make it once, outside of the scenario's function, where all requests carry the same: it is
 * written once then, whatever its size.
 *
 * @param data its elements in row-major order, or what makes the element at an index
 * @throws usage error where shape and elements do not fit, or for a datatype that there is not
 */
export function tensor(
  name: string,
  datatype: Datatype,
  shape: readonly number[],
  data: Elements | ((index: number) => number | string | boolean),
): Tensor {
  const count = shape.reduce((product, size) => product * size, 1);
  if (!Object.hasOwn(elementBytes, datatype))
    throw usageError(
      `tensor "${name}": there is no datatype ${datatype}`,
      `${suggestName(datatype, Object.keys(elementBytes))}; FP16 and BF16 have no numbers in JavaScript: send them with body.`,
    );
  const elements: Elements =
    typeof data === "function" ? Array.from({ length: count }, (_, at) => data(at)) : data;
  if (elements.length !== count)
    throw usageError(
      `tensor "${name}": ${elements.length} elements for the shape [${shape.join(", ")}]`,
      `It takes ${count}.`,
    );
  // A copy: what is changed later is not what was sent.
  const kept: Tensor["data"] = Array.isArray(elements)
    ? [...(elements as readonly (number | string | boolean)[])]
    : Float64Array.from(elements as ArrayLike<number>);
  return Object.freeze({ name, datatype, shape: [...shape], data: kept });
}
