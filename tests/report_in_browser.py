#!/usr/bin/env python3
# report_in_browser.py — report.html in headless Chromium: nothing is fetched, no console message, tables sort,
# figures show, curves answer to switches, pointer and keys, at 1280 and 400 pixels, light and dark.
# Usage: tests/report_in_browser.py PROGRAM [FOLDER-FOR-SCREENSHOTS]    status 77: no chromedriver here
import base64
import http.server
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request


class Browser:
    """Chromium by the WebDriver protocol (W3C), with its console and its network as logs."""

    def __init__(self, profile):
        self.driver = subprocess.Popen(['chromedriver', '--port=0'], stdout=subprocess.PIPE, text=True)
        for line in self.driver.stdout:
            if 'successfully on port ' in line:
                self.address = 'http://127.0.0.1:' + line.rsplit('port ', 1)[1].strip(' .\n')
                break
        arguments = ['--headless', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync',
                     '--disable-background-networking', '--disable-component-update', '--hide-scrollbars',
                     f'--user-data-dir={profile}']
        if os.getuid() == 0:
            arguments.append('--no-sandbox')
        binary = {'binary': shutil.which('chromium')} if shutil.which('chromium') else {}
        self.session = ''
        self.session = '/session/' + self.call('POST', '/session', {'capabilities': {'alwaysMatch': {
            'goog:loggingPrefs': {'browser': 'ALL', 'performance': 'ALL'},
            'goog:chromeOptions': {'args': arguments, **binary}}}})['sessionId']
        self.call('POST', '/url', {'url': 'about:blank'})
        for kind in ['browser', 'performance']:
            self.log(kind)  # what the browser's own start page asked for

    def call(self, method, path, body=None):
        request = urllib.request.Request(self.address + self.session + path, method=method,
                                         data=None if body is None else json.dumps(body).encode())
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return json.load(answer)['value']
        except urllib.error.HTTPError as error:
            raise SystemExit(f'FAILED: {path}: {json.load(error)["value"]["message"]}')

    def open(self, file):
        self.call('POST', '/url', {'url': file.resolve().as_uri()})

    def run(self, script, *arguments):
        return self.call('POST', '/execute/sync', {'script': script, 'args': list(arguments)})

    def devtools(self, command, **parameters):
        return self.call('POST', '/goog/cdp/execute', {'cmd': command, 'params': parameters})

    def look(self, width, height, scheme):
        self.devtools('Emulation.setDeviceMetricsOverride', width=width, height=height, deviceScaleFactor=1,
                      mobile=False)
        self.devtools('Emulation.setEmulatedMedia', features=[{'name': 'prefers-color-scheme', 'value': scheme}])
        time.sleep(0.3)  # the plot follows its box in the next frames

    def element(self, selector):
        return next(iter(self.call('POST', '/element', {'using': 'css selector', 'value': selector}).values()))

    def point(self, selector, x, y):
        origin = {'element-6066-11e4-a52e-4f735466cecf': self.element(selector)}
        self.call('POST', '/actions', {'actions': [{'type': 'pointer', 'id': 'mouse', 'actions': [
            {'type': 'pointerMove', 'duration': 0, 'origin': origin, 'x': x, 'y': y}]}]})

    def click(self, selector):
        self.call('POST', f'/element/{self.element(selector)}/click', {})

    def press(self, selector, keys):
        self.call('POST', f'/element/{self.element(selector)}/value', {'text': keys})

    def log(self, kind):
        return self.call('POST', '/se/log', {'type': kind})

    def close(self):
        if self.session:
            self.call('DELETE', '')
        self.driver.terminate()
        self.driver.wait()


def check(condition, message):
    if not condition:
        raise SystemExit(f'FAILED: {message}')


def title(text):
    print(text, flush=True)


def number(value):
    return float(value)  # also inf and nan


def check_tables(browser):
    tables = browser.run('return document.querySelectorAll("table.sortable").length')
    check(tables >= 5, f'expected at least 5 sortable tables, found {tables}')
    for t in range(tables):
        heads = browser.run('return document.querySelectorAll("table.sortable")[arguments[0]].tHead.rows[0].cells.length', t)
        for column in range(heads):
            for order in ['ascending', 'descending']:
                state, cells = browser.run('''
                    const table = document.querySelectorAll('table.sortable')[arguments[0]];
                    const head = table.tHead.rows[0].cells[arguments[1]];
                    head.querySelector('button').click();
                    return [head.getAttribute('aria-sort'), [...table.tBodies[0].rows].map(
                        r => [r.cells[arguments[1]].dataset.v ?? null, r.cells[arguments[1]].textContent])];''', t, column)
                check(state == order, f'table {t}, column {column}: expected aria-sort {order}, found {state}')
                numbers = [number(v) for v, _ in cells if v is not None and v != 'nan']
                if len(numbers) + sum(v == 'nan' for v, _ in cells) < len(cells):
                    continue  # text: its order is the browser's collation
                check(numbers == sorted(numbers, reverse=order == 'descending'),
                      f'table {t}, column {column}: expected {order} numbers, found {numbers}')
                missing = [i for i, (v, _) in enumerate(cells) if v == 'nan']
                check(all(i >= len(numbers) for i in missing), f'table {t}: expected missing values last')
    browser.click('#results ~ .frame thead th:nth-child(3) button')  # and by a real click
    state = browser.run('return document.querySelector("#results ~ .frame thead th:nth-child(3)").ariaSort')
    check(state == 'ascending', f'expected a click on a head to sort, found aria-sort {state}')


def drawn(browser):
    """How many pixels of the plot are not transparent."""
    return browser.run('''
        const canvas = document.querySelector('[data-is=plot] canvas');
        const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
        let count = 0;
        for (let i = 3; i < pixels.length; i += 4) count += pixels[i] > 0;
        return count;''')


def picture_of_plot(browser):
    return browser.run('return document.querySelector("[data-is=plot] canvas").toDataURL()')


def values(browser):
    return browser.run('return [...document.querySelectorAll("[data-is=series] output")].map(o => o.textContent)')


def check_curves(browser):
    check(drawn(browser) > 5000, 'expected curves in the plot')
    end = values(browser)
    check(len(end) == 2 and all('[' in v for v in end), f'expected a value and a band for two optimizers, found {end}')
    plot = '[data-is=plot]'
    width = browser.run('return document.querySelector("[data-is=plot]").clientWidth')
    browser.point(plot, -round(width * 0.3), 0)
    time.sleep(0.2)
    under = values(browser)
    check(under != end, f'expected other values under the pointer than at the end, {end}')
    where = browser.run('return document.querySelector("[data-is=where]").textContent')
    check(where.startswith('at ') and 'epoch' in where, f'expected where the pointer is, found {where!r}')
    browser.press(plot, '\ue010')  # End
    time.sleep(0.2)
    check(values(browser) == end, f'End: expected {end}, found {values(browser)}')
    browser.press(plot, '\ue012')  # arrow left
    time.sleep(0.2)
    check(values(browser) != end, 'arrow key: expected the values of the epoch before')

    before = picture_of_plot(browser)
    browser.click('[data-is=series] input')
    check(browser.run('return window.symoptCurves.chart.series[1].show') is False, 'expected the first series hidden')
    check(picture_of_plot(browser) != before, 'expected another picture without the first series')
    browser.click('[data-is=series] input')
    check(browser.run('return window.symoptCurves.chart.series[1].show') is True, 'expected the first series again')
    browser.click('[data-is=none]')
    check(not any(browser.run('return window.symoptCurves.chart.series.slice(1).map(s => s.show)')),
          'none: expected every series hidden')
    browser.click('[data-is=all]')
    check(picture_of_plot(browser) == before, 'all: expected the first picture again')
    pictures = {before}
    for is_, value in [('quantity', 'cost'), ('clock', 'steps'), ('clock', 'seconds'), ('quantity', 'train_error')]:
        browser.run('''const select = document.querySelector(`[data-is=${arguments[0]}]`);
            select.value = arguments[1]; select.dispatchEvent(new Event('change'));''', is_, value)
        check(drawn(browser) > 5000, f'{is_} {value}: expected curves')
        pictures.add(picture_of_plot(browser))
    browser.click('[data-is=log]')
    pictures.add(picture_of_plot(browser))
    browser.click('[data-is=bands]')
    pictures.add(picture_of_plot(browser))
    check(len(pictures) == 7, f'expected 7 different pictures, found {len(pictures)}')


def check_zeros(browser):
    """An error of 0 is 0 in the list, and said to be off a logarithmic axis; nothing else is."""
    draw = '''const curves = window.symoptCurves, curve = curves.network.optimizers[0].curves.test_error.epochs;
        for (const [is, value] of [['quantity', 'test_error'], ['clock', 'epochs']])
          document.querySelector(`[data-is=${is}]`).value = value;
        document.querySelector('[data-is=log]').checked = arguments[0];
        for (const values of [curve.mean, curve.low, curve.high]) values[values.length - 1] = 0;
        curves.draw();
        return document.querySelector('[data-is=zeros]').textContent'''
    said = browser.run(draw, True)
    label = browser.run('return window.symoptCurves.network.optimizers[0].label')
    shown = values(browser)
    check(shown[0] == '0 [0, 0], off the axis', f'expected the zero in the list, found {shown}')
    check('off the axis' not in shown[1] and not shown[1].startswith('0 ['), f'expected no zero, found {shown[1]}')
    check('0' in said and label in said, f'expected {label} named as off the axis, found {said!r}')
    check(browser.run(draw, False) == '' and values(browser)[0] == '0 [0, 0]', 'expected 0 to have a place on a linear axis')


def check_scrolling(browser, narrow):
    """What is wider than its box says so in words, and its first columns stay in sight."""
    faults = browser.run('''
        const faults = [];
        let wide = 0;
        for (const frame of document.querySelectorAll('.frame')) {
          const box = frame.querySelector('.scroll'), name = box.getAttribute('aria-label');
          const more = box.scrollWidth > box.clientWidth + 1;
          if (more !== frame.querySelector('.more').checkVisibility()) faults.push('words at ' + name);
          if (!more || !box.querySelector('table')) continue;
          ++wide;
          const key = box.querySelector('tbody .kept');
          box.scrollLeft = 40;
          const left = key?.getBoundingClientRect().left - box.getBoundingClientRect().left;
          if (!(left >= 0 && left < 4)) faults.push(`a first column in sight, found it at ${left} in ${name}`);
          box.scrollLeft = 0;
        }
        if (wide === 0 && arguments[0]) faults.push('a table wider than 400 pixels');
        return faults;''', narrow)
    check(not faults, f'scrolling: expected {faults}')


def luminance(colour):
    channels = [int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def check_access(browser, scheme):
    faults = browser.run('''
        const faults = [], levels = [...document.querySelectorAll('h1, h2, h3')].map(h => +h.tagName[1]);
        if (levels.filter(l => l === 1).length !== 1) faults.push('one h1');
        levels.forEach((l, i) => { if (i > 0 && l > levels[i - 1] + 1) faults.push('a heading level is left out'); });
        for (const table of document.querySelectorAll('table')) {
          if (!table.caption?.textContent.trim()) faults.push('a caption');
          for (const th of table.tHead.rows[0].cells) if (th.scope !== 'col') faults.push('scope');
        }
        for (const img of document.querySelectorAll('img')) if (img.alt.length < 20) faults.push('alt ' + img.alt);
        for (const field of document.querySelectorAll('input, select'))
          if (!field.labels.length || !field.labels[0].textContent.trim()) faults.push('a label');
        for (const area of document.querySelectorAll('.scroll'))
          if (area.tabIndex !== 0 || !area.getAttribute('aria-label')) faults.push('scrolling by keys');
        if (document.documentElement.lang !== 'en') faults.push('lang');
        for (const link of document.querySelectorAll('a')) if (!document.querySelector(link.getAttribute('href')))
          faults.push('the target of ' + link.href);
        return faults;''')
    check(not faults, f'accessibility: expected {faults}')
    names = ['--paper', '--shade', '--good', '--ink', '--soft', '--accent']
    colour = dict(zip(names, browser.run('''const style = getComputedStyle(document.documentElement);
        return arguments[0].map(n => style.getPropertyValue(n).trim())''', names)))
    for text, ground in [('--ink', '--paper'), ('--soft', '--paper'), ('--accent', '--paper'), ('--ink', '--shade'),
                         ('--soft', '--shade'), ('--accent', '--shade'), ('--ink', '--good')]:
        a, b = sorted([luminance(colour[text]), luminance(colour[ground])])
        ratio = (b + 0.05) / (a + 0.05)
        check(ratio >= 4.5, f'{scheme}: contrast of {text} on {ground}: expected 4.5, found {ratio:.2f}')


def check_print(browser, page):
    """A4 between the browser's margins, as somebody with a dark screen prints it."""
    browser.devtools('Emulation.setDeviceMetricsOverride', width=718, height=1000, deviceScaleFactor=1, mobile=False)
    browser.devtools('Emulation.setEmulatedMedia', media='print',
                     features=[{'name': 'prefers-color-scheme', 'value': 'dark'}])
    browser.open(page)
    ground, hidden, cut = browser.run('''
        return [getComputedStyle(document.body).backgroundColor,
                ['nav', '[data-is=plot]', '.controls'].filter(s => document.querySelector(s).checkVisibility()),
                [...document.querySelectorAll('.scroll')].filter(s => s.scrollWidth > s.clientWidth)
                    .map(s => s.getAttribute('aria-label'))];''')
    browser.devtools('Emulation.setEmulatedMedia', media='')
    check(ground == 'rgb(255, 255, 255)', f'print: expected white paper, found {ground}')
    check(not hidden, f'print: expected no controls, found {hidden}')
    check(not cut, f'print: expected whole tables and figures, found {cut} cut')


def check_fetches_nothing(browser, page):
    addresses = []
    for entry in browser.log('performance'):
        message = json.loads(entry['message'])['message']
        if message['method'] == 'Network.requestWillBeSent':
            addresses.append(message['params']['request']['url'])
    check(page.resolve().as_uri() in addresses, f'expected the page among the requests, found {addresses}')
    others = [a[:80] for a in addresses if a != page.resolve().as_uri() and not a.startswith('data:')]
    check(not others, f'expected no request but the page itself, found {others}')


def check_policy(browser):
    """What a name or a message could smuggle in would not get out."""
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.HTTPServer(('127.0.0.1', 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f'http://127.0.0.1:{server.server_port}/'
    browser.run('''new Image().src = arguments[0] + 'image';
        fetch(arguments[0] + 'fetch').catch(() => 0);
        const script = document.createElement('script'); script.textContent = 'window.smuggled = 1';
        document.body.append(script);
        ''', address)
    time.sleep(0.5)
    server.shutdown()
    check(not asked, f'expected the content policy to stop every request, found {asked}')
    check(browser.run('return window.smuggled ?? null') is None, 'expected the content policy to stop a script')
    check(len(browser.log('browser')) >= 3, 'expected the browser to say what the policy stopped')


def main():
    program = pathlib.Path(sys.argv[1]).resolve()
    shots = pathlib.Path(sys.argv[2]).resolve() if len(sys.argv) > 2 else None
    if not shutil.which('chromedriver'):
        print('skipped: chromedriver is not installed (Debian: chromium, chromium-driver)')
        return 77
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch) / 'out'
        environment = {k: v for k, v in os.environ.items() if k != 'SYMOPT_DATA'}
        subprocess.run([program, 'run', 'paper', '--dataset', 'synth-digits', '--networks', 'archbn-2', '--optimizers',
                        'sgd,un', '--trials', '3', '--train', '1000', '--validation', '200', '--search-train', '200',
                        '--search-validation', '100', '--search-epochs', '2', '--max-epochs', '6', '--quiet', '--out',
                        folder], check=True, stdout=subprocess.DEVNULL, env=environment)
        page = folder / 'report.html'
        page.unlink()
        subprocess.run([program, 'report', folder], check=True, stdout=subprocess.DEVNULL)
        browser = Browser(pathlib.Path(scratch) / 'profile')
        try:
            browser.look(1280, 900, 'light')
            browser.open(page)
            title('figures show')
            pictures = len(list((folder / 'figures').glob('*.png')))
            shown = browser.run('''await Promise.all([...document.images].map(i => { i.loading = 'eager'; return i.decode(); }));
                return [...document.images].filter(i => i.naturalWidth > 100 && i.clientWidth > 100).length''')
            check(pictures > 0 and shown == pictures, f'expected {pictures} pictures, found {shown}')
            title('tables sort')
            check_tables(browser)
            title('curves answer')
            check_curves(browser)
            title('zeros are zeros')
            check_zeros(browser)
            for width, height, scheme in [(1280, 900, 'light'), (1280, 900, 'dark'), (400, 800, 'light'), (400, 800, 'dark')]:
                title(f'{width} pixels, {scheme}')
                browser.look(width, height, scheme)
                browser.open(page)
                wide = browser.run('return document.documentElement.scrollWidth')
                check(wide <= width, f'expected a page of {width} pixels, found {wide}')
                check_access(browser, scheme)
                check_scrolling(browser, width == 400)
                if shots:
                    tall = browser.run('return document.documentElement.scrollHeight')
                    browser.look(width, tall, scheme)
                    data = browser.call('GET', '/screenshot')
                    (shots / f'report_{width}_{scheme}.png').write_bytes(base64.b64decode(data))
            title('prints on white paper, nothing cut')
            check_print(browser, page)
            title('nothing is fetched, the console is silent')
            messages = [entry['message'] for entry in browser.log('browser')]
            check(not messages, f'expected no console messages, found {messages}')
            check_fetches_nothing(browser, page)
            title('the content policy holds')
            check_policy(browser)
        finally:
            browser.close()
    title('passed')
    return 0


sys.exit(main())
