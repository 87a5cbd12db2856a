/** Words that name nothing by themselves. */
export const STOP_WORDS: ReadonlySet<string> = new Set(
  (
    'a an the this that these those it its he she they we you i me him her them us my your his their our who whom whose which ' +
    'what when where why how and or but nor so yet for of in on at by to from with without into onto upon over under about after ' +
    'before between among through during against as if then than because while though although is are was were be been being am ' +
    'do does did done have has had having will would shall should can could may might must not no yes all any both each every ' +
    'some such few many much more most other another same own only just also too very there here now ever never again once ' +
    'thing things someone something anyone anything everyone everything nobody nothing one ones two three first second last next ' +
    'new old good bad great little big day time year way part number text document section chapter story author reader'
  ).split(' '),
);
