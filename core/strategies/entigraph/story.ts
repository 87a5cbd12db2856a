/** What the story of this strategy branches on. */
export interface EntigraphFacts {
  /** Arms whose rows are generated, in order. */
  readonly generatedArms: readonly 'entigraph'[];
}
