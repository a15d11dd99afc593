"""Live video in the browser, over WebRTC: a camera's own H.264 untouched, all else encoded once."""
