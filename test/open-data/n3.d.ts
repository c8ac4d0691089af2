// What the tests use of n3, whose package has no types.
declare module 'n3' {
  interface Term {
    readonly value: string
  }
  interface Quad {
    readonly subject: Term
    readonly predicate: Term
    readonly object: Term
  }
  export const DataFactory: {
    readonly namedNode: (iri: string) => Term
    readonly literal: (text: string, languageOrType?: string | Term) => Term
    readonly quad: (subject: Term, predicate: Term, object: Term) => Quad
  }
  export class Parser {
    parse(text: string): Quad[]
  }
  export class Store {
    constructor(quads: readonly Quad[])
    getObjects(subject: null, predicate: string, graph: null): readonly Term[]
    [Symbol.iterator](): Iterator<Quad>
  }
}
