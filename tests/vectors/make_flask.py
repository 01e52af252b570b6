"""Writes flask.txt: what a Flask application with Flask-Caching stores. Needs tests/python/requirements.txt.

Lines of name and stored bytes in hex: `view` (a view that returned a Response), `text view` (one that returned text), `memoize` (a
memoized function's result) and `version` (the memoized function's version, under its own key).
"""

import io
import os

from cachelib.serializers import RedisSerializer
from flask import Flask, make_response
from flask_caching import Cache

HERE = os.path.dirname(os.path.abspath(__file__))
SERIALIZER = RedisSerializer()
app = Flask('shop')
cache = Cache(app, config={'CACHE_TYPE': 'SimpleCache'})


@app.get('/front')
@cache.cached()
def front():
    response = make_response('<h1>Caf\u00e9</h1>', 201)
    response.headers['X-Fragment'] = 'front'
    response.set_cookie('seen', 'yes')
    return response


@app.get('/text')
@cache.cached()
def text():
    return 'plain text'


@cache.memoize()
def total(basket, tax):
    return {'sum': basket * 10, 'tax': tax}


with app.test_client() as client, app.app_context():
    client.get('/front')
    client.get('/text')
    with app.test_request_context('/front'):
        view = cache.get('view//front')
        text_view = cache.get('view//text')
    total(3, tax=0.25)
    memoized = cache.get(total.make_cache_key(total.uncached, 3, tax=0.25))
    version = cache.get('__main__.total_memver')

with io.open(os.path.join(HERE, 'flask.txt'), 'w', newline='\n') as out:
    for name, value in [('view', view), ('text view', text_view), ('memoize', memoized), ('version', version)]:
        assert value is not None, name
        out.write('%s\t%s\n' % (name, SERIALIZER.dumps(value).hex()))
