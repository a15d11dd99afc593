/** One key for a runner: track numbers are unique per camera only. */
export function runnerKey(camera, trackId) {
  return `${camera}\n${trackId}`;
}
