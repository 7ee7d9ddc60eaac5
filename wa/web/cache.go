package web

import (
	"container/list"
	"sync"
)

// cache keeps records of all links in memory, up to a number of bytes; the longest unused go first. Each ring has its own
// generation, so nothing of an earlier connection is ever read. A nil value says that there is no such record.
type cache struct {
	mu    sync.Mutex
	limit int
	size  int
	order *list.List
	items map[uint64]map[Key]*list.Element // by generation, so that one is dropped without a look at all others
}

type cacheItem struct {
	generation uint64
	key        Key
	value      []byte
}

func newCache(limit int) *cache {
	return &cache{limit: limit, order: list.New(), items: map[uint64]map[Key]*list.Element{}}
}

// overhead is about what an item costs besides its key's and value's bytes.
const overhead = 200

func (i *cacheItem) cost() int { return overhead + len(i.key.Name) + len(i.value) }

func (c *cache) get(generation uint64, k Key) (value []byte, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.items[generation][k]
	if !ok {
		return nil, false
	}
	c.order.MoveToFront(e)
	return e.Value.(*cacheItem).value, true
}

func (c *cache) put(generation uint64, k Key, value []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.items[generation][k]; ok {
		c.remove(e)
	}
	if c.items[generation] == nil {
		c.items[generation] = map[Key]*list.Element{}
	}
	item := &cacheItem{generation, k, value}
	c.items[generation][k] = c.order.PushFront(item)
	c.size += item.cost()
	for c.size > c.limit && c.order.Len() > 0 {
		c.remove(c.order.Back())
	}
}

// forget removes a record, which the next reader takes from the database.
func (c *cache) forget(generation uint64, k Key) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.items[generation][k]; ok {
		c.remove(e)
	}
}

// drop forgets a whole generation.
func (c *cache) drop(generation uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, e := range c.items[generation] {
		c.remove(e)
	}
}

func (c *cache) remove(e *list.Element) {
	item := c.order.Remove(e).(*cacheItem)
	delete(c.items[item.generation], item.key)
	if len(c.items[item.generation]) == 0 {
		delete(c.items, item.generation)
	}
	c.size -= item.cost()
}
