// A box to sign in with a finger: what is drawn is sent as an SVG path. Whoever cannot draw it types their name.
const STEP = 4 // what a line moves by, at the least, to be kept

for (const sign of document.querySelectorAll('[data-tc-sign]')) {
  const kept = sign.querySelector('input')
  const pad = sign.querySelector('svg')
  const line = pad.querySelector('.tc-sign__line')
  const buttons = sign.querySelector('.tc-sign__buttons')
  const typed = document.querySelector('[data-tc-typed]')
  let last = null

  const draw = path => {
    kept.value = path
    line.setAttribute('d', path)
  }
  const point = event => {
    const box = pad.getBoundingClientRect()
    const at = (position, start, length, size) =>
      Math.round(Math.min(Math.max((position - start) / length, 0), 1) * size)
    return [at(event.clientX, box.left, box.width, 600), at(event.clientY, box.top, box.height, 240)]
  }

  pad.addEventListener('pointerdown', event => {
    event.preventDefault()
    pad.setPointerCapture(event.pointerId)
    last = point(event)
    draw(`${kept.value}M${last.join(' ')}`)
  })
  pad.addEventListener('pointermove', event => {
    if (!last) return
    const next = point(event)
    if (Math.hypot(next[0] - last[0], next[1] - last[1]) < STEP) return
    last = next
    draw(`${kept.value}L${last.join(' ')}`)
  })
  for (const end of ['pointerup', 'pointercancel']) pad.addEventListener(end, () => { last = null })

  // one way is shown at a time: the one that was used, or has something wrong with it
  const draws = sign.closest('.govuk-form-group')
  const show = byName => {
    draws.hidden = byName
    typed.hidden = !byName
  }

  sign.querySelector('[data-tc-sign-clear]').addEventListener('click', () => draw(''))
  sign.querySelector('[data-tc-sign-type]').addEventListener('click', () => {
    draw('')
    show(true)
    typed.querySelector('input').focus()
  })
  const back = typed.querySelector('[data-tc-sign-draw]')
  back.addEventListener('click', () => {
    for (const input of typed.querySelectorAll('input')) {
      if (input.type === 'checkbox') input.checked = false
      else input.value = ''
    }
    show(false)
    pad.focus()
  })

  pad.removeAttribute('hidden')
  buttons.hidden = back.hidden = false
  show([...typed.querySelectorAll('input')].some(input => input.type === 'checkbox' ? input.checked : input.value))
}
