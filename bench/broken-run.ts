/** A run that proves nothing: something was lost, came twice, or did not finish. Speed never is a reason for it. */

export class BrokenRun extends Error {
  override readonly name = 'BrokenRun'
}
