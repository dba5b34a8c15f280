"""The window: Qt and nothing else. No SQL, no geometry maths, no words of facts.

Where what is:
  context.py   what every place shares (atlas, look, pool, shown, prompts, settings); passed, never global
  shown.py     selection, hover, layer, figure: one object, past-tense signals; widgets write through it only
  map/         MapView (one sheet on a cached plate), Highlights (what the selection lights), MapPanel (frame)
  atlas/       the Atlas place: tree, inspector, bar
  finder.py    search box and command palette; parts.py small building blocks; theme.py + style.py the look
  clinic.py    puts the places that need a practice into the window; practice/ session, gate, lock (one worker thread)
  patients/    list, page, form; course/ all visits; settings_place/ practice, people, backups
  visit/       desk.py (the record that lies open: every change goes through `Desk.do`), place.py (the path), one
               module a step, maps.py (the two maps and the tools), sites.py (a click to a site with its words)
  drawing/     pad.py (gestures to strokes), tools.py (one class a gesture), ink.py; lookup_panel/; explain/
  forms.py     chips, fields with their sentence, entries saved after a pause; flow.py lines that wrap
  messages.py, prompts.py, workers.py   errors in words, questions, work off the window's thread

To add a place: build a QWidget with a Context, `window.add_place(name, title, icon, widget)` in
bootstrap.add_places, actions through `window.add_action(id, title, deed, keys)`, and what the palette should
find besides the atlas through `window.add_finder`.

To draw on a map: `MapView.set_tool(tool)` gives the left button to a MapTool (press, move, release, cancel; view
mm); items go on with `MapView.add_overlay(item)` at a z of `items.Height` (DRAWING, TOOL). `sheet_changed` says
that another view, layer or theme is on show: draw the items again from values. Cells to paths:
`ZonePaths.cells(view_id, cells)`. A MapPanel of one's own needs `set_atlas(zones)` once the atlas is open.
"""
