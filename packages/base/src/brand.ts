declare const brand: unique symbol;

/**
 * A nominal type over a structural one: `Branded<Uint8Array, 'VertexId'>` can
 * only come from the function that checks or makes such ids.
 */
export type Branded<T, Name extends string> = T & { readonly [brand]: Name };
