/**
 * Common English words. Prompts are made of them (each is one token in most vocabularies), and the
 * vocabularies of synthetic models have them, so that both agree on what a word is.
 */
export const commonWords: readonly string[] = `
  a about above across after again against all almost along already also although always am among
  an and another answer any anything are around as ask at away back be became because been before
  began being below best better between both brought but by call called came can cannot change
  city close come could country cut day did different do does done down during each early earth
  easy end enough even ever every example eye face fact far few find first five follow food for
  form found four from gave get give go good got great group grow had half hand hard has have he
  head hear help her here high him his home house how however hundred i idea if important in into
  is it its just keep kind knew know land large last late later learn leave left less let letter
  life light like line list little live long look made make man many may me mean men might mile
  mind more most mother move much must my name near need never new next night no not nothing now
  number of off often old on once one only open or order other our out over own page paper part
  people perhaps place plan play point put question quick quite rather read real right river room
  run said same saw say school second see seem sentence set several shall she short should show
  side since six small so some something soon sound spell start state still stop story strong study
  such sure system take talk tell ten than that the their them then there these they thing think
  this those though thought three through time to today together told too took toward tree true
  turn two under until up upon us use very voice walk want war was watch water way we week well
  went were what when where which while white who whole whose why will wind with without word work
  world would write year yes yet you young your
  assistant benchmark latency model prompt request response server text token user
`
  .trim()
  .split(/\s+/);
