// How much longer a slot is held, in words that change by the minute.
for (const hold of document.querySelectorAll('[data-tc-held-until]')) {
  const ends = Date.parse(hold.dataset.tcHeldUntil)
  const tell = () => {
    const minutes = Math.ceil((ends - Date.now()) / 60000)
    const words = minutes > 0
      ? `Held for you for ${minutes} more minute${minutes === 1 ? '' : 's'}.`
      : 'It is no longer held, but may still be free. Send to try.'
    if (hold.textContent !== words) hold.textContent = words
    if (minutes > 0) setTimeout(tell, Math.max((ends - Date.now()) % 60000, 0) + 200)
  }
  tell()
}
